using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// A part S of the potential whose averages under a Gaussian are known better than the configurations at hand would tell. Only the rest V - S is averaged
/// over the configurations, so that only its fluctuations are noise: a control variate for the free energy, the gradient, the stress and the force on the
/// centroids at once. The averages of V do not change, whatever S is.
/// </summary>
internal interface IKnownPart
{
    /// <summary>Averages of S under a trial state.</summary>
    KnownAverages Under(TrialState state);

    /// <summary>What is left of an ensemble's numbers without S, configuration by configuration, in the layout of the ensemble.</summary>
    /// <param name="ensemble">All or part of the configurations that S was found with.</param>
    /// <param name="firstSample">Number of its first independent sample among all.</param>
    (double[] Energies, double[] Forces, double[] Stresses) RestOf(SampledEnsemble ensemble, int firstSample);
}

/// <summary>Gaussian averages of S, Rydberg atomic units.</summary>
/// <param name="Energy">⟨S⟩ of the supercell.</param>
/// <param name="ForceConstants">⟨∂²S⟩.</param>
/// <param name="Force">-⟨∂S⟩ per unit-cell atom, shape [3n].</param>
/// <param name="Stress">⟨P - f⊗u/V⟩ of S, positive under compression.</param>
/// <param name="StressError">Standard error of each element; zero where the average is exact.</param>
internal sealed record KnownAverages(Estimate Energy, BlochMatrix ForceConstants, double[] Force, Mat3 Stress, Mat3 StressError);
