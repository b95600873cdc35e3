using System.Collections.Immutable;

namespace Csp.Physics.Sscha;

/// <summary>What of the cell follows the anharmonic stress.</summary>
public enum SschaCell
{
    /// <summary>The cell stays as given.</summary>
    Fixed,

    /// <summary>Shape and volume relax until the anharmonic stress is the external pressure.</summary>
    Free,

    /// <summary>The shape relaxes, the volume stays.</summary>
    FixedVolume,

    /// <summary>The volume relaxes, the shape stays.</summary>
    FixedShape,
}

/// <summary>How configurations are drawn from the Gaussian.</summary>
public enum SschaSampler
{
    /// <summary>Starts with antithetic pairs and goes on with what the measured variances of energies and gradient favour.</summary>
    Adaptive,

    /// <summary>Independent configurations.</summary>
    Plain,

    /// <summary>Pairs of mirror images: odd functions average to zero without noise, even ones gain nothing.</summary>
    Antithetic,

    /// <summary>Antithetic, and the symmetry-averaged second moments of every population are exact.</summary>
    Matched,

    /// <summary>Scrambled Sobol points in independent replicates.</summary>
    Sobol,
}

/// <summary>What an SSCHA calculation is asked for.</summary>
public sealed record SschaSettings
{
    /// <summary>Copies of the cell along each lattice vector.</summary>
    public (int A, int B, int C) Supercell { get; init; } = (2, 2, 2);

    /// <summary>K, from 0.</summary>
    public double TemperatureK { get; init; }

    /// <summary>External pressure; needed when the cell relaxes, and for the Gibbs free energy.</summary>
    public double? PressureGPa { get; init; }

    public SschaCell Cell { get; init; } = SschaCell.Fixed;

    /// <summary>Configurations of the first population; it grows where the error asks for more.</summary>
    public int PopulationSize { get; init; } = 200;

    /// <summary>Largest population.</summary>
    public int MaxPopulationSize { get; init; } = 4000;

    public int MaxPopulations { get; init; } = 20;

    /// <summary>Wanted standard error of the free energy, meV per atom.</summary>
    public double FreeEnergyTolerance { get; init; } = 0.5;

    /// <summary>A minimisation on one population stops when the Kong-Liu size falls below this share of it, and a new population is drawn.</summary>
    public double KongLiuRatio { get; init; } = 0.5;

    public SschaSampler Sampler { get; init; } = SschaSampler.Adaptive;

    /// <summary>Fit a sum over pairs to the forces and average only what it does not explain; the answer is the same, its error smaller.</summary>
    public bool ControlVariate { get; init; } = true;

    /// <summary>Largest stress difference at the end of a cell relaxation, GPa.</summary>
    public double StressToleranceGPa { get; init; } = 0.1;

    /// <summary>Compute the free-energy Hessian (third order) of the last ensemble.</summary>
    public bool Hessian { get; init; } = true;

    /// <summary>Include the fourth order in the Hessian.</summary>
    public bool FourthOrder { get; init; }

    /// <summary>Masses in amu that replace the standard ones, by element symbol: <c>H = 2.014</c> computes the deuteride.</summary>
    public ImmutableDictionary<string, double> Masses { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Tolerance for the symmetry of the structure, Å.</summary>
    public double SymmetryTolerance { get; init; } = 1e-3;

    /// <summary>Folder for one state file per population, from which a stopped run goes on; null = none.</summary>
    public string? StateFolder { get; init; }

    public ulong Seed { get; init; } = 1;
}
