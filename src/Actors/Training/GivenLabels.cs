using Csp.Physics.Files;

namespace Csp.Actors.Training;

/// <summary>Labelled structures from a file of the user, for fits.</summary>
public static class GivenLabels
{
    /// <exception cref="StructureFileException">The file cannot be read, is empty, or a structure in it has no energy, forces or stress.</exception>
    public static IReadOnlyList<FrameData> Read(string path)
    {
        IReadOnlyList<Frame> frames = StructureFile.Read(path);
        if (frames.Count == 0)
            throw new StructureFileException(path, null, "holds no structure to learn from");
        return [.. frames.Select((frame, i) => frame is { Energy: double energy, Forces: double[] forces, Stress: { } stress }
            ? new FrameData(frame.Crystal, energy, forces, stress)
            : throw new StructureFileException(path, null, $"structure {i + 1} lacks energy, forces or stress, which training.data needs"))];
    }
}
