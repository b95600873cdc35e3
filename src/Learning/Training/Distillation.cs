using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>
/// Teaches one model what another one says: a compact potential that begins with the predictions of a foundation model, and then goes on with
/// labels of its own (<see cref="PotentialTrainer"/> with the result as the parent and <see cref="TrainingSettings.RefitReferences"/> set).
/// </summary>
public static class Distillation
{
    /// <summary>The teacher's energies, forces and stresses. Structures that it cannot answer for are left out.</summary>
    /// <param name="teacher">Any potential.</param>
    /// <param name="structures">What the student shall learn about.</param>
    /// <param name="threads">Evaluations at the same time.</param>
    /// <param name="cancellation">Checked between structures.</param>
    public static IReadOnlyList<Frame> Label(IPotential teacher, IReadOnlyList<Crystal> structures, int threads, CancellationToken cancellation)
    {
        Frame?[] frames = new Frame?[structures.Count];
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, frames.Length, options, i =>
        {
            try
            {
                frames[i] = Frame.Of(structures[i], teacher.Evaluate(structures[i])).With("teacher", teacher.Name);
            }
            catch (PotentialException)
            {
                frames[i] = null;
            }
        });
        return [.. frames.OfType<Frame>()];
    }

    /// <summary>Labels by the teacher, and a student trained on them.</summary>
    /// <exception cref="PotentialException">The teacher answers for none of the structures, or as in <see cref="PotentialTrainer"/>.</exception>
    public static TrainingResult Train(
        IPotential teacher, IReadOnlyList<Crystal> structures, TrainingSettings settings, ulong seed,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        IReadOnlyList<Frame> labels = Label(teacher, structures, settings.Threads, cancellation);
        return labels.Count > 0
            ? PotentialTrainer.Train(new TrainingRequest(labels, null, settings, seed), progress, cancellation)
            : throw new PotentialException($"{teacher.Name} answers for none of the {structures.Count} structures");
    }
}
