using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>What spglib finds about a crystal; see spglib.readthedocs.io, "Dataset".</summary>
public sealed record SymmetryDataset
{
    /// <summary>Space group number, 1 … 230.</summary>
    public required int Number { get; init; }

    /// <summary>Short Hermann-Mauguin symbol, e.g. <c>Im-3m</c>.</summary>
    public required string International { get; init; }

    /// <summary>1 … 530: the setting, see <see cref="Spglib.OperationsOfHall"/>.</summary>
    public required int HallNumber { get; init; }

    public required string HallSymbol { get; init; }

    /// <summary>Crystal class, e.g. <c>m-3m</c>.</summary>
    public required string PointGroup { get; init; }

    /// <summary>Operations of the crystal in its own cell (centring translations of a supercell included).</summary>
    public required ImmutableArray<SymmetryOperation> Operations { get; init; }

    /// <summary>Per atom: the first atom that is symmetrically equivalent to it.</summary>
    public required ImmutableArray<int> EquivalentAtoms { get; init; }

    /// <summary>Per atom: Wyckoff letter.</summary>
    public required ImmutableArray<char> Wyckoffs { get; init; }

    /// <summary>Per atom: symbol of the site symmetry.</summary>
    public required ImmutableArray<string> SiteSymmetries { get; init; }

    /// <summary>P of x_standard = P x + p (columns).</summary>
    public required Mat3 Transformation { get; init; }

    /// <summary>p of x_standard = P x + p.</summary>
    public required Vec3 OriginShift { get; init; }

    /// <summary>The standardised (conventional, idealised) cell.</summary>
    public required Crystal Standard { get; init; }

    /// <summary>Tolerance that was used, Å.</summary>
    public required double Symprec { get; init; }
}
