using System.Diagnostics;
using Csp.Learning.Training;
using Csp.Physics.Files;

namespace Csp.Benchmarks;

/// <summary>The compact potential trained on the first labels of a file with the default settings, until the hold-out stops it: <c>train LABELS.extxyz [COUNT]</c>.</summary>
internal static class TrainingSpeed
{
    public static void Run(string labels, int count)
    {
        Frame[] frames = [.. StructureFile.Read(labels).Take(count)];
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        TrainingResult result = PotentialTrainer.Train(new TrainingRequest(frames, null, TrainingSettings.Default with { MaxSeconds = 3600 }, 1));
        double cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(FormattableString.Invariant(
            $"{frames.Length} labels, {result.Epochs} epochs, {cpu:0.0} s CPU ({1000 * cpu / result.Epochs / result.Training.Structures:0.00} ms per structure and epoch), {result.Seconds:0.0} s"));
        Console.WriteLine($"training {result.Training}");
        Console.WriteLine($"hold-out {result.HoldOut}");
    }
}
