using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>
/// A Wyckoff position of a space group, in its primitive cell: all points origin + Σ s_i direction_i (s in [0,1)) and their images. Coordinates are
/// fractions of the primitive vectors.
/// </summary>
public sealed class WyckoffPosition
{
    internal WyckoffPosition(Vec3 origin, ImmutableArray<Vec3> directions, ImmutableArray<SymmetryOperation> images, int siteSymmetryOrder)
    {
        Origin = origin;
        Directions = directions;
        Images = images;
        SiteSymmetryOrder = siteSymmetryOrder;
    }

    public Vec3 Origin { get; }

    /// <summary>One per free parameter.</summary>
    public ImmutableArray<Vec3> Directions { get; }

    /// <summary>Number of free coordinates: 0 … 3. A position without any holds one atom per image at most.</summary>
    public int Freedom => Directions.Length;

    /// <summary>One operation per atom of the orbit; the first one is the identity.</summary>
    public ImmutableArray<SymmetryOperation> Images { get; }

    /// <summary>Atoms per primitive cell.</summary>
    public int Multiplicity => Images.Length;

    /// <summary>Order of the site-symmetry group.</summary>
    public int SiteSymmetryOrder { get; }
}
