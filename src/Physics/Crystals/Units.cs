namespace Csp.Physics.Crystals;

/// <summary>
/// Every conversion between unit systems, from CODATA 2018 unless a source is named.
/// Csp works in Å, eV, eV/Å, eV/Å³, amu, K; pressures cross the interface in GPa.
/// </summary>
public static class Units
{
    /// <summary>1 eV/Å³ in GPa.</summary>
    public const double EvPerCubicAngstromInGPa = 160.2176634;

    /// <summary>Rydberg energy in eV (CODATA 2018).</summary>
    public const double RydbergInEv = 13.605693122994;

    /// <summary>Bohr radius in Å (CODATA 2018).</summary>
    public const double BohrInAngstrom = 0.529177210903;

    /// <summary>Boltzmann constant in eV/K (exact, SI 2019).</summary>
    public const double BoltzmannEvPerK = 8.617333262145e-5;

    /// <summary>Boltzmann constant in Ry/K.</summary>
    public const double BoltzmannRyPerK = BoltzmannEvPerK / RydbergInEv;

    /// <summary>Atomic mass unit in electron masses (CODATA 2018).</summary>
    public const double AmuInElectronMass = 1822.888486209;

    /// <summary>Atomic mass unit in Rydberg mass units (electron mass = 1/2).</summary>
    public const double AmuInRydbergMass = AmuInElectronMass / 2;

    /// <summary>Rydberg energy as a wave number in cm^-1 (CODATA 2018).</summary>
    public const double RydbergInInverseCm = 109737.31568160;

    /// <summary>1 THz in cm^-1.</summary>
    public const double ThzInInverseCm = 33.35640951981521;

    /// <summary>Reduced Planck constant in eV·s (exact, SI 2019).</summary>
    public const double HbarEvSecond = 6.582119569509066e-16;
}
