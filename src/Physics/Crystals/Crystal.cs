using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Csp.Physics.Crystals;

/// <summary>
/// A periodic crystal: lattice (rows are lattice vectors, Å), one element per atom, fractional positions. Immutable.
/// Positions keep the image they were given in (they may lie outside [0,1)), so displacements stay differences.
/// </summary>
public sealed class Crystal
{
    private readonly double[] _fractional;

    /// <param name="lattice">Rows are the lattice vectors, Å. Either handedness.</param>
    /// <param name="elements">One per atom.</param>
    /// <param name="fractional">3N fractional coordinates, atom by atom; copied.</param>
    /// <exception cref="ArgumentException">No atoms, mismatching sizes, a coordinate that is not finite, or a cell without volume.</exception>
    public Crystal(Mat3 lattice, ImmutableArray<Element> elements, ReadOnlySpan<double> fractional)
    {
        if (elements.IsDefaultOrEmpty)
            throw new ArgumentException("a crystal needs at least one atom");
        if (fractional.Length != 3 * elements.Length)
            throw new ArgumentException($"{elements.Length} atoms need {3 * elements.Length} coordinates, not {fractional.Length}");
        for (int i = 0; i < fractional.Length; i++)
        {
            if (!double.IsFinite(fractional[i]))
                throw new ArgumentException($"coordinate {"xyz"[i % 3]} of atom {i / 3 + 1} is not a finite number");
        }
        Check(lattice);
        Lattice = lattice;
        Elements = elements;
        _fractional = fractional.ToArray();
    }

    /// <summary>Rows are the lattice vectors, Å.</summary>
    public Mat3 Lattice { get; }

    /// <summary>The element of each atom.</summary>
    public ImmutableArray<Element> Elements { get; }

    /// <summary>3N fractional coordinates, atom by atom.</summary>
    public ReadOnlySpan<double> Fractional => _fractional;

    public int Count => Elements.Length;

    /// <summary>Cell volume in Å^3, positive for either handedness.</summary>
    public double Volume => Math.Abs(Lattice.Determinant);

    public static Crystal FromCartesian(Mat3 lattice, ImmutableArray<Element> elements, ReadOnlySpan<double> cartesian)
    {
        Check(lattice);
        Mat3 inverse = lattice.Inverse;
        double[] fractional = new double[cartesian.Length];
        for (int i = 0; i < cartesian.Length / 3; i++)
            (Vec3.At(cartesian, i) * inverse).Store(fractional, i);
        return new Crystal(lattice, elements, fractional);
    }

    public Vec3 FractionalOf(int atom) => Vec3.At(_fractional, atom);

    /// <summary>Cartesian position of one atom, Å.</summary>
    public Vec3 PositionOf(int atom) => FractionalOf(atom) * Lattice;

    /// <summary>3N Cartesian coordinates, Å.</summary>
    public double[] Cartesian()
    {
        double[] positions = new double[_fractional.Length];
        for (int i = 0; i < Count; i++)
            PositionOf(i).Store(positions, i);
        return positions;
    }

    /// <summary>The same atoms at other fractional coordinates.</summary>
    public Crystal WithFractional(ReadOnlySpan<double> fractional) => new(Lattice, Elements, fractional);

    /// <summary>The same atoms at other Cartesian coordinates (Å).</summary>
    public Crystal WithCartesian(ReadOnlySpan<double> cartesian) => FromCartesian(Lattice, Elements, cartesian);

    /// <summary>Another cell with the fractional coordinates kept (a homogeneous deformation).</summary>
    public Crystal WithLattice(Mat3 lattice) => new(lattice, Elements, _fractional);

    /// <summary>The same crystal with every atom inside [0,1) of the cell.</summary>
    public Crystal Wrapped()
    {
        double[] wrapped = new double[_fractional.Length];
        for (int i = 0; i < wrapped.Length; i++)
        {
            double f = _fractional[i] - Math.Floor(_fractional[i]);
            wrapped[i] = f >= 1 ? 0 : f;
        }
        return new Crystal(Lattice, Elements, wrapped);
    }

    /// <summary>Scaled isotropically to a cell volume (Å^3).</summary>
    public Crystal ScaledToVolume(double volume) => WithLattice(Math.Cbrt(volume / Volume) * Lattice);

    /// <summary>Number of atoms of each element, ordered by atomic number.</summary>
    public Composition Composition => Composition.Of(Elements);

    private static void Check(Mat3 lattice)
    {
        if (!lattice.IsFinite)
            throw new ArgumentException("the lattice holds a number that is not finite");
        if (!(Math.Abs(lattice.Determinant) >= 1e-6))
            throw new ArgumentException($"the cell has no volume ({lattice.Determinant:G3} Å^3)");
    }

    public override string ToString() => $"{Composition} ({Count} atoms, {Volume:F2} Å^3)";
}
