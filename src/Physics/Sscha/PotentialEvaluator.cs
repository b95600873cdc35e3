using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>Evaluates an ensemble with a potential on this machine; the copies are cut in chunks that threads take in turn.</summary>
/// <param name="potential">Safe to call from several threads.</param>
/// <param name="threads">Threads to use; 0 = all cores.</param>
public sealed class PotentialEvaluator(IPotential potential, int threads = 0) : IEnsembleEvaluator
{
    private const int ChunkSize = 32;

    /// <exception cref="PotentialException">The potential does not know an element or does not answer.</exception>
    public Task<EnsembleForces> EvaluateAsync(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation) =>
        Task.Run(() => Evaluate(supercell, positions, cancellation), cancellation);

    private EnsembleForces Evaluate(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation)
    {
        int size = 3 * supercell.Count;
        int copies = positions.Length / size;
        EnsembleForces result = new(new double[copies], new double[copies * size], new double[9 * copies]);
        ParallelOptions options = new() { CancellationToken = cancellation, MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
        try
        {
            Parallel.For(0, (copies + ChunkSize - 1) / ChunkSize, options, chunk =>
            {
                int start = chunk * ChunkSize, count = Math.Min(ChunkSize, copies - start);
                potential.EvaluateCopies(
                    supercell,
                    positions.Span.Slice(start * size, count * size),
                    result.Energies.AsSpan(start, count),
                    result.Forces.AsSpan(start * size, count * size),
                    result.Stresses.AsSpan(9 * start, 9 * count));
            });
        }
        catch (AggregateException failure) when (failure.InnerExceptions is [PotentialException first, ..])
        {
            throw new PotentialException(first.Message, first);
        }
        return result;
    }
}
