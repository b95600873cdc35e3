using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;

namespace Csp.Physics.Phonons;

/// <summary>What a calculation of harmonic phonons is asked for.</summary>
public sealed record PhononSettings
{
    /// <summary>Copies of the cell along each lattice vector.</summary>
    public (int A, int B, int C) Supercell { get; init; } = (2, 2, 2);

    /// <summary>Displacement, Å.</summary>
    public double StepAngstrom { get; init; } = 0.01;

    /// <summary>Masses in amu that replace the standard ones, by element symbol.</summary>
    public ImmutableDictionary<string, double> Masses { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Tolerance for the symmetry of the structure, Å.</summary>
    public double SymmetryTolerance { get; init; } = 1e-3;
}

/// <summary>Harmonic phonons of a crystal at rest: central differences of the forces in a supercell.</summary>
/// <param name="Cell">The cell, its space group made exact.</param>
/// <param name="Masses">Rydberg mass units, per atom.</param>
/// <param name="ForceConstants">Ry/bohr^2.</param>
/// <param name="StaticEnergyEv">eV per cell.</param>
/// <param name="LargestForce">eV/Å at the undisplaced structure; phonons of an unrelaxed crystal are not trustworthy.</param>
/// <param name="Evaluations">Force evaluations.</param>
public sealed record HarmonicPhonons(
    Crystal Cell, double[] Masses, BlochMatrix ForceConstants, double StaticEnergyEv, double LargestForce, int Evaluations)
{
    /// <summary>As Quantum ESPRESSO files.</summary>
    public required DynamicalMatrixFiles DynamicalMatrices { get; init; }

    /// <summary>The q points of the supercell, fractions of the reciprocal lattice.</summary>
    public ImmutableArray<Vec3> QPoints => [.. Enumerable.Range(0, ForceConstants.Basis.Cells).Select(ForceConstants.Basis.QPoint)];

    /// <summary>cm^-1, shape [q][3n], ascending, negative = imaginary.</summary>
    public double[][] Frequencies => [.. BlochFrequencies.Of(ForceConstants, Masses).Select(f => Array.ConvertAll(f, w => w * SschaConstants.Default.RydbergInInverseCm))];

    /// <summary>Lowest frequency on the grid without the translations, cm^-1, negative = imaginary.</summary>
    public double Lowest
    {
        get
        {
            double square = ModeBlock.Of(ForceConstants, Masses).Where(b => b.Count > 0).Min(b => b.Squares[0]);
            return Math.Sign(square) * Math.Sqrt(Math.Abs(square)) * SschaConstants.Default.RydbergInInverseCm;
        }
    }

    /// <summary>Frequencies along the standard path.</summary>
    public BandStructure Bands(int perSegment = 40) => BandStructure.Of(ForceConstants, Cell, Masses, BandPath.Of(Cell, perSegment));

    /// <summary>Harmonic free energy (eV), entropy and heat capacity (eV/K) per cell; null when a mode is imaginary.</summary>
    public (double FreeEnergy, double Entropy, double HeatCapacity)? At(double temperatureK)
    {
        ModeBlock[] modes = ModeBlock.Of(ForceConstants, Masses);
        if (modes.Any(b => b.Squares.Any(s => s <= 0)))
            return null;
        Thermodynamics t = Thermodynamics.Of(modes.SelectMany(b => b.Frequencies), temperatureK, SschaConstants.Default.Boltzmann);
        double unit = SschaConstants.Default.RydbergInEv / ForceConstants.Basis.Cells;
        return (unit * t.FreeEnergy, unit * t.Entropy, unit * t.HeatCapacity);
    }

    /// <summary>Runs on this machine with all cores.</summary>
    public static HarmonicPhonons Compute(Crystal cell, IPotential potential, PhononSettings settings, CancellationToken cancellation = default)
    {
        if (cell.Elements.FirstOrDefault(e => !potential.Supports(e)) is { } missing)
            throw new PotentialException($"{potential.Name} was not made for {missing.Symbol}");
        return ComputeAsync(cell, new PotentialEvaluator(potential), settings, cancellation).GetAwaiter().GetResult();
    }

    /// <exception cref="SschaException">The supercell makes no sense, or a force is not finite.</exception>
    /// <exception cref="PotentialException">The potential cannot answer.</exception>
    public static async Task<HarmonicPhonons> ComputeAsync(Crystal cell, IEnsembleEvaluator evaluator, PhononSettings settings, CancellationToken cancellation = default)
    {
        (int a, int b, int c) = settings.Supercell;
        if (a < 1 || b < 1 || c < 1)
            throw new SschaException($"the supercell needs at least one copy along each vector, not {a}x{b}x{c}");
        if (!(settings.StepAngstrom > 0))
            throw new SschaException("the displacement must be positive");
        SschaSystem system = new(
            SymmetricStructure.Of(cell, settings.SymmetryTolerance), new SschaSettings { Supercell = settings.Supercell, Masses = settings.Masses });
        CrystalSymmetry symmetry = system.SymmetryOf(system.Start);
        (BlochMatrix phi, EnsembleForces rest, int evaluations) = await FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(system.Start), system.Basis, symmetry, evaluator, system.Constants, settings.StepAngstrom, cancellation).ConfigureAwait(false);
        return new HarmonicPhonons(system.Start, system.Masses, phi, rest.Energies[0] / system.Basis.Cells, rest.Forces.Max(Math.Abs), evaluations)
        {
            DynamicalMatrices = DynamicalMatrixFiles.Of(phi, system.Start, system.Masses, symmetry),
        };
    }
}
