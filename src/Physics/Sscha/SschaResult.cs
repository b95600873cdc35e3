using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Phonons;

namespace Csp.Physics.Sscha;

/// <summary>One line of progress: the state after a population has been minimised.</summary>
/// <param name="Population">1-based.</param>
/// <param name="Configurations">Size of this population.</param>
/// <param name="Evaluations">Force evaluations so far, harmonic start included.</param>
/// <param name="FreeEnergyEv">eV per cell.</param>
/// <param name="FreeEnergyErrorEv">One standard error, eV per cell.</param>
/// <param name="GradientOverError">Norm of the symmetrised gradient at the population's own start over its statistical error, that of the start included; about 1 when converged.</param>
/// <param name="KongLiu">Effective share of the population after the minimisation, 0 to 1.</param>
/// <param name="PressureGPa">Anharmonic pressure.</param>
/// <param name="LowestFrequency">Lowest auxiliary frequency without the translations, cm^-1.</param>
/// <param name="Sampler">How this population was drawn.</param>
public sealed record SschaProgress(
    int Population, int Configurations, int Evaluations, double FreeEnergyEv, double FreeEnergyErrorEv, double GradientOverError, double KongLiu,
    double PressureGPa, double LowestFrequency, SschaSampler Sampler);

/// <summary>What an SSCHA calculation found. Energies are per unit cell as given.</summary>
public sealed record SschaResult
{
    /// <summary>The unit cell with its atoms at the centroids.</summary>
    public required Crystal Cell { get; init; }

    public required (int A, int B, int C) Supercell { get; init; }

    public required double TemperatureK { get; init; }

    /// <summary>Helmholtz free energy, eV per cell.</summary>
    public required double FreeEnergyEv { get; init; }

    /// <summary>One standard error of the free energy, eV per cell.</summary>
    public required double FreeEnergyErrorEv { get; init; }

    /// <summary>F + P V with the external pressure, eV per cell; null when no pressure was given.</summary>
    public required double? GibbsEv { get; init; }

    /// <summary>Static energy of the centroid structure, eV per cell.</summary>
    public required double StaticEnergyEv { get; init; }

    /// <summary>Entropy of the auxiliary modes, which is that of the SSCHA, eV/K per cell.</summary>
    public required double EntropyEvPerK { get; init; }

    /// <summary>Anharmonic pressure tensor, GPa, positive under compression, symmetrised.</summary>
    public required Mat3 PressureGPa { get; init; }

    /// <summary>Standard error of each element, GPa.</summary>
    public required Mat3 PressureErrorGPa { get; init; }

    /// <summary>The q points, fractions of the reciprocal lattice, shape [q].</summary>
    public required ImmutableArray<Vec3> QPoints { get; init; }

    /// <summary>Auxiliary frequencies, cm^-1, shape [q][3n], ascending.</summary>
    public required double[][] AuxiliaryFrequencies { get; init; }

    /// <summary>Free-energy Hessian frequencies, cm^-1, negative = imaginary, shape [q][3n]; null when not asked for.</summary>
    public required double[][]? HessianFrequencies { get; init; }

    /// <summary>Lowest Hessian frequency without the translations, cm^-1, negative = imaginary.</summary>
    public required double? LowestHessianFrequency { get; init; }

    /// <summary>Its standard error from splitting the ensemble, cm^-1.</summary>
    public required double? LowestHessianFrequencyError { get; init; }

    /// <summary>Whether the lowest Hessian frequency is real; null when the Hessian was not asked for.</summary>
    public bool? Stable => LowestHessianFrequency is double w ? w > 0 : null;

    /// <summary>Lowest Hessian frequency over its error: how sure <see cref="Stable"/> is; null when not known.</summary>
    public double? StabilityMargin => LowestHessianFrequency is double w && LowestHessianFrequencyError is double e and > 0 ? Math.Abs(w) / e : null;

    /// <summary>Mean square displacement tensor of each atom of the cell, Å^2 (thermal ellipsoids).</summary>
    public required ImmutableArray<Mat3> MeanSquareDisplacements { get; init; }

    /// <summary>Space group of the cell, in its own setting.</summary>
    public required ImmutableArray<Symmetry.SymmetryOperation> Operations { get; init; }

    /// <summary>Rydberg mass units, per atom of the cell (isotopes as asked for).</summary>
    public required double[] Masses { get; init; }

    /// <summary>Auxiliary force constants, Ry/bohr^2.</summary>
    public required BlochMatrix ForceConstants { get; init; }

    /// <summary>Free-energy Hessian, Ry/bohr^2; null when not asked for.</summary>
    public required BlochMatrix? HessianMatrix { get; init; }

    public required int Populations { get; init; }

    /// <summary>Force evaluations of the whole calculation.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Whether gradient and free energy are converged within their errors.</summary>
    public required bool Converged { get; init; }

    /// <summary>Why the last minimisation found no self-consistent state, and about how many configurations would do; null when it did.</summary>
    public string? Problem { get; init; }

    /// <summary>Auxiliary frequencies along the standard path.</summary>
    public BandStructure AuxiliaryBands(int perSegment = 40) => BandStructure.Of(ForceConstants, Cell, Masses, BandPath.Of(Cell, perSegment));

    /// <summary>Hessian frequencies along the standard path; null when the Hessian was not asked for.</summary>
    public BandStructure? HessianBands(int perSegment = 40) =>
        HessianMatrix is null ? null : BandStructure.Of(HessianMatrix, Cell, Masses, BandPath.Of(Cell, perSegment));

    /// <summary>Auxiliary force constants (or the Hessian) as Quantum ESPRESSO files.</summary>
    public DynamicalMatrixFiles DynamicalMatrices(bool hessian = false) => DynamicalMatrixFiles.Of(
        hessian && HessianMatrix is not null ? HessianMatrix : ForceConstants, Cell, Masses, CrystalSymmetry.Of(ForceConstants.Basis, Cell, Operations, 1e-3));

    /// <summary>The last population with its weights at the final trial state.</summary>
    public required SschaEnsemble Ensemble { get; init; }
}

/// <summary>Configurations with the potential's answers and their weights under the final trial state.</summary>
/// <param name="Supercell">The supercell with its atoms at the final centroids, ordered cell by cell.</param>
/// <param name="Positions">Å, shape [copies, 3N].</param>
/// <param name="Forces">The potential's answers.</param>
/// <param name="Weights">Importance weights, mean about 1, shape [copies].</param>
public sealed record SschaEnsemble(Crystal Supercell, double[] Positions, EnsembleForces Forces, double[] Weights)
{
    public int Count => Weights.Length;

    /// <summary>One configuration as a crystal.</summary>
    public Crystal Configuration(int index) => Supercell.WithCartesian(Positions.AsSpan(index * 3 * Supercell.Count, 3 * Supercell.Count));

    /// <summary>Indices of a random subset without repeats, ascending; the same seed gives the same subset.</summary>
    public int[] RandomSubset(int count, ulong seed)
    {
        int[] indices = [.. Enumerable.Range(0, Count)];
        new Random(unchecked((int)(seed ^ (seed >> 32)))).Shuffle(indices);
        int[] subset = indices[..Math.Min(count, Count)];
        Array.Sort(subset);
        return subset;
    }
}
