using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// Energies, forces and stresses of many displaced copies of one supercell: the only expensive thing the SSCHA asks for. The local implementation is
/// <see cref="PotentialEvaluator"/>; others spread the copies over machines.
/// </summary>
public interface IEnsembleEvaluator
{
    /// <param name="supercell">The supercell with its atoms at the centroids.</param>
    /// <param name="positions">Cartesian positions, Å, shape [copies, 3N] row-major, each within the image of the centroid.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>One answer per copy, in the order of the copies.</returns>
    Task<EnsembleForces> EvaluateAsync(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation);
}

/// <summary>Answers for all copies of an ensemble.</summary>
/// <param name="Energies">eV per supercell, shape [copies].</param>
/// <param name="Forces">eV/Å, shape [copies, 3N].</param>
/// <param name="Stresses">eV/Å^3, shape [copies, 9], sigma = +(1/V) dE/d(strain): the sign of ASE.</param>
public sealed record EnsembleForces(double[] Energies, double[] Forces, double[] Stresses);
