using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Sscha;

/// <summary>What stays the same during a calculation: atoms, masses, supercell, space group, settings.</summary>
internal sealed class SschaSystem
{
    public SschaSystem(SymmetricStructure structure, SschaSettings settings)
    {
        Settings = settings;
        Start = structure.Cell;
        Operations = structure.Operations;
        Basis = BlochBasis.Standard(settings.Supercell, Start.Count);
        Masses = [.. Start.Elements.Select(e => settings.Masses.GetValueOrDefault(e.Symbol, e.Mass) * Constants.AmuInRydbergMass)];
    }

    public SschaSettings Settings { get; }

    public SschaConstants Constants => SschaConstants.Default;

    public Crystal Start { get; }

    public ImmutableArray<SymmetryOperation> Operations { get; }

    public BlochBasis Basis { get; }

    /// <summary>Rydberg mass units.</summary>
    public double[] Masses { get; }

    public CrystalSymmetry SymmetryOf(Crystal cell) => CrystalSymmetry.Of(Basis, cell, Operations, 1e-3);

    public Supercell SupercellOf(Crystal cell) => Supercell.Build(cell, Settings.Supercell.A, Settings.Supercell.B, Settings.Supercell.C);

    public TrialState State(BlochMatrix phi, Crystal cell) =>
        new(phi, Array.ConvertAll(cell.Cartesian(), x => x * Constants.AngstromInBohr), Masses, Settings.TemperatureK, Constants);

    /// <summary>The cell with its atoms at the centroids of a state.</summary>
    public Crystal CellOf(TrialState state, Mat3 lattice) =>
        Crystal.FromCartesian(lattice, Start.Elements, Array.ConvertAll(state.Centroids, x => x / Constants.AngstromInBohr));

    public double SupercellVolume(Mat3 lattice) => Math.Abs(lattice.Determinant) * Basis.Cells * Math.Pow(Constants.AngstromInBohr, 3);

    /// <summary>eV per cell from Ry per supercell.</summary>
    public double EvPerCell(double rydberg) => rydberg * Constants.RydbergInEv / Basis.Cells;
}
