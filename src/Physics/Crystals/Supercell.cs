using System.Collections.Immutable;

namespace Csp.Physics.Crystals;

/// <summary>
/// A supercell of a×b×c copies with the map back to its cell. Atoms are ordered cell by cell, R = (0,0,0), (0,0,1), …, (0,1,0), …
/// (the third index runs fastest), and within a cell as in the cell itself, so supercell atom = copy·N + cell atom and
/// position = position in the cell + R·lattice.
/// </summary>
public sealed class Supercell
{
    private readonly int[] _translations;

    private Supercell(Crystal cell, Crystal crystal, (int A, int B, int C) size, int[] translations)
    {
        Cell = cell;
        Crystal = crystal;
        Size = size;
        _translations = translations;
    }

    /// <summary>The cell that is repeated.</summary>
    public Crystal Cell { get; }

    /// <summary>All copies together.</summary>
    public Crystal Crystal { get; }

    /// <summary>Copies along each lattice vector.</summary>
    public (int A, int B, int C) Size { get; }

    /// <summary>Number of copies, a·b·c.</summary>
    public int Copies => Size.A * Size.B * Size.C;

    /// <summary>The cell atom that a supercell atom is a copy of.</summary>
    public int CellAtomOf(int atom) => atom % Cell.Count;

    /// <summary>The copy (0 … Copies-1) a supercell atom lies in.</summary>
    public int CopyOf(int atom) => atom / Cell.Count;

    /// <summary>The integer cell vector R of one copy.</summary>
    public (int X, int Y, int Z) TranslationOf(int copy) => (_translations[3 * copy], _translations[3 * copy + 1], _translations[3 * copy + 2]);

    /// <summary>The copy at an integer cell vector, which may be any image of it.</summary>
    public int CopyAt(int x, int y, int z) => (Mod(x, Size.A) * Size.B + Mod(y, Size.B)) * Size.C + Mod(z, Size.C);

    /// <exception cref="ArgumentException">A number of copies is not positive, or the supercell would hold more than a million atoms.</exception>
    public static Supercell Build(Crystal cell, int a, int b, int c)
    {
        if (a < 1 || b < 1 || c < 1)
            throw new ArgumentException($"a supercell needs at least one copy along each vector, not {a}x{b}x{c}");
        if ((long)a * b * c * cell.Count > 1_000_000)
            throw new ArgumentException($"a {a}x{b}x{c} supercell of {cell.Count} atoms would hold more than a million atoms");
        int n = cell.Count, copies = a * b * c;
        int[] translations = new int[3 * copies];
        double[] fractional = new double[3 * n * copies];
        ImmutableArray<Element>.Builder elements = ImmutableArray.CreateBuilder<Element>(n * copies);
        for (int copy = 0; copy < copies; copy++)
        {
            int x = copy / (b * c), y = copy / c % b, z = copy % c;
            (translations[3 * copy], translations[3 * copy + 1], translations[3 * copy + 2]) = (x, y, z);
            elements.AddRange(cell.Elements);
            for (int i = 0; i < n; i++)
            {
                Vec3 f = cell.FractionalOf(i);
                new Vec3((f.X + x) / a, (f.Y + y) / b, (f.Z + z) / c).Store(fractional, copy * n + i);
            }
        }
        Crystal crystal = new(Mat3.FromRows(a * cell.Lattice.Row(0), b * cell.Lattice.Row(1), c * cell.Lattice.Row(2)), elements.MoveToImmutable(), fractional);
        return new Supercell(cell, crystal, (a, b, c), translations);
    }

    private static int Mod(int a, int b) => (a % b + b) % b;
}
