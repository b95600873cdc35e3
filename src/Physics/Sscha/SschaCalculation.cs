using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>From a structure to its quantum anharmonic free energy.</summary>
public static class SschaCalculation
{
    /// <summary>Runs on this machine with all cores; see <see cref="RunAsync"/>.</summary>
    public static SschaResult Run(
        Crystal cell, IPotential potential, SschaSettings settings, IProgress<SschaProgress>? progress = null, CancellationToken cancellation = default) =>
        RunAsync(cell, new PotentialEvaluator(potential), settings, progress, cancellation).GetAwaiter().GetResult();

    /// <summary>Harmonic start, populations of sampled configurations, minimisation, until gradient and free energy are converged within their errors.</summary>
    /// <param name="cell">The unit cell; its space group is kept.</param>
    /// <param name="evaluator">Answers for the sampled configurations.</param>
    /// <param name="settings">Supercell, temperature, tolerances.</param>
    /// <param name="progress">One report per population.</param>
    /// <param name="cancellation">Stops after the current evaluation; the state folder keeps what is done.</param>
    /// <exception cref="SschaException">Settings that make no sense, forces that are not finite, a trial state that cannot be made positive.</exception>
    /// <exception cref="PotentialException">The potential cannot answer.</exception>
    public static Task<SschaResult> RunAsync(
        Crystal cell, IEnsembleEvaluator evaluator, SschaSettings settings, IProgress<SschaProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();
}
