using System.CommandLine;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Learning.Training;
using Csp.Physics.Files;

namespace Csp.Host.Commands;

/// <summary><c>csp train</c>: a fresh model, or one fine-tuned from another.</summary>
public static class TrainCommand
{
    public static Command Build()
    {
        Option<string[]> data = new("--data") { Description = "Labelled structures; several files may be given.", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string?> from = new("--from") { Description = "Model to start from." };
        Option<string> output = CommonOptions.Out("Model file to write.");
        Option<int> epochs = new("--epochs") { Description = "Most passes over the data.", DefaultValueFactory = _ => TrainingSettings.Default.MaxEpochs };
        Option<double> seconds = new("--max-seconds") { Description = "Most wall time.", DefaultValueFactory = _ => TrainingSettings.Default.MaxSeconds };
        Option<double> holdOut = new("--hold-out") { Description = "Share of structures that measures the errors.", DefaultValueFactory = _ => TrainingSettings.Default.HoldOut };
        Option<ulong> seed = CommonOptions.Seed();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("train", "Train a potential on labelled structures.") { data, from, output, epochs, seconds, holdOut, seed, threads, json };
        command.SetAction((parsed, cancellation) =>
        {
            TrainingSettings settings = TrainingSettings.Default with
            {
                MaxEpochs = parsed.GetValue(epochs),
                MaxSeconds = parsed.GetValue(seconds),
                HoldOut = parsed.GetValue(holdOut),
                Threads = CommonOptions.ThreadsOf(parsed.GetValue(threads)),
            };
            if (settings.MaxEpochs < 1 || !(settings.MaxSeconds > 0) || settings.HoldOut is not (>= 0 and <= 0.5))
                throw new CommandException("--epochs and --max-seconds must be positive, and --hold-out must lie between 0 and 0.5");
            return Task.FromResult(Run(
                parsed.GetRequiredValue(data), parsed.GetValue(from), parsed.GetRequiredValue(output), settings, parsed.GetValue(seed), parsed.GetValue(json), cancellation));
        });
        return command;
    }

    private static int Run(string[] data, string? from, string output, TrainingSettings settings, ulong seed, bool json, CancellationToken cancellation)
    {
        List<Frame> frames = [];
        foreach (string file in data)
        {
            IReadOnlyList<Frame> read = Structures.Read(file);
            int unlabelled = read.ToList().FindIndex(f => f.Energy is null);
            if (unlabelled >= 0)
                throw new CommandException($"{file}, structure {unlabelled + 1} has no energy to train on");
            frames.AddRange(read);
        }
        byte[]? parent = from is null ? null : ModelBytes.Read(from);
        TrainingResult result;
        using (ProgressLine line = new())
        {
            result = PotentialTrainer.Train(new TrainingRequest(frames, parent, settings, seed), new Shown(line), cancellation);
        }
        ModelBytes.Write(output, result.ModelBytes);
        if (json)
        {
            Console.WriteLine(JsonText.Of(new { result.Training, result.HoldOut, result.Epochs, result.Seconds, Bytes = result.ModelBytes.Length, Out = output }));
            return 0;
        }
        Console.WriteLine(TextTable.Format(["", "structures", "E MAE meV/atom", "E RMSE", "F MAE eV/Å", "F RMSE", "S MAE GPa", "S RMSE"],
            [Row("training", result.Training), Row("hold-out", result.HoldOut)]));
        Console.WriteLine(FormattableString.Invariant($"{result.Epochs} epochs in {result.Seconds:0.0} s, written to {output} ({result.ModelBytes.Length} bytes)"));
        return 0;
    }

    private static IReadOnlyList<string> Row(string name, TrainingErrors e) =>
    [
        name, Text($"{e.Structures}"), Text($"{e.EnergyMaeMev:0.00}"), Text($"{e.EnergyRmseMev:0.00}"), Text($"{e.ForceMae:0.0000}"), Text($"{e.ForceRmse:0.0000}"),
        Text($"{e.StressMaeGPa:0.000}"), Text($"{e.StressRmseGPa:0.000}"),
    ];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private sealed class Shown(ProgressLine line) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress p) => line.Show(FormattableString.Invariant(
            $"epoch {p.Epoch} of {p.Epochs}, loss {p.Loss:0.000}, hold-out {p.HoldOut.EnergyMaeMev:0.0} meV/atom {p.HoldOut.ForceMae:0.000} eV/Å, {p.Seconds:0} s"));
    }
}
