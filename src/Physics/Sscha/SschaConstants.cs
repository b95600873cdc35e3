using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// Conversions at the border of the SSCHA, which works in Rydberg atomic units inside (hbar = 1, e² = 2, electron mass 1/2). The Boltzmann constant appears
/// twice because the established code uses two values; by default both are the one of CODATA.
/// </summary>
public sealed record SschaConstants
{
    public static SschaConstants Default { get; } = new();

    /// <summary>Bohr per Å.</summary>
    public double AngstromInBohr { get; init; } = 1 / Units.BohrInAngstrom;

    /// <summary>eV per Ry.</summary>
    public double RydbergInEv { get; init; } = Units.RydbergInEv;

    /// <summary>cm^-1 per Ry.</summary>
    public double RydbergInInverseCm { get; init; } = Units.RydbergInInverseCm;

    /// <summary>GPa per Ry/bohr^3.</summary>
    public double RydbergPerCubicBohrInGPa { get; init; } =
        Units.RydbergInEv / (Units.BohrInAngstrom * Units.BohrInAngstrom * Units.BohrInAngstrom) * Units.EvPerCubicAngstromInGPa;

    /// <summary>Rydberg mass units per amu.</summary>
    public double AmuInRydbergMass { get; init; } = Units.AmuInRydbergMass;

    /// <summary>Ry/K: harmonic free energy, entropy, free-energy Hessian.</summary>
    public double Boltzmann { get; init; } = Units.BoltzmannRyPerK;

    /// <summary>Ry/K: widths of the trial Gaussian, weights, gradients.</summary>
    public double BoltzmannSampling { get; init; } = Units.BoltzmannRyPerK;

    /// <summary>Ry/Å in eV/Å etc.: Ry/bohr per eV/Å.</summary>
    public double ForceToRydberg => 1 / (RydbergInEv * AngstromInBohr);

    /// <summary>Ry/bohr^3 per eV/Å^3.</summary>
    public double StressToRydberg => 1 / (RydbergInEv * AngstromInBohr * AngstromInBohr * AngstromInBohr);
}
