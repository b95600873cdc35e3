using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// The real orthonormal basis of supercell displacements in which every translation-invariant matrix falls into blocks, one per pair (q, -q) of commensurate
/// wave vectors: u(q) = Nc^-1/2 Σ_R u(R) exp(-2πi q·R), with √2 Re u(q), √2 Im u(q) as components of a pair and u(q) itself where q = -q. A block then is D(q),
/// or [[Re D, -Im D], [Im D, Re D]]. Phases use the cell vector R only, not the atom's place in the cell.
/// </summary>
public sealed class BlochBasis
{
    private readonly int[] _supercellIndex;
    private readonly double[] _phases;

    /// <param name="size">Copies along each lattice vector.</param>
    /// <param name="cellAtoms">Atoms in the unit cell.</param>
    /// <param name="cellAtomOf">Supercell atom → unit-cell atom.</param>
    /// <param name="vectorOf">Supercell atom → integer cell vector.</param>
    /// <param name="qPoints">Commensurate wave vectors, fractions of the reciprocal lattice; null for the standard order (third index fastest).</param>
    /// <exception cref="SschaException">The atoms or q points are not those of such a supercell.</exception>
    public BlochBasis((int A, int B, int C) size, int cellAtoms, ReadOnlySpan<int> cellAtomOf, ReadOnlySpan<(int X, int Y, int Z)> vectorOf, IReadOnlyList<Vec3>? qPoints = null)
    {
        Size = size;
        CellAtoms = cellAtoms;
        Cells = size.A * size.B * size.C;
        if (cellAtomOf.Length != Cells * cellAtoms)
            throw new SschaException($"a {size.A}x{size.B}x{size.C} supercell of {cellAtoms} atoms has {Cells * cellAtoms} atoms, not {cellAtomOf.Length}");

        (int X, int Y, int Z)[] cells = new (int, int, int)[Cells];
        for (int c = 0; c < Cells; c++)
            cells[c] = (c / (size.B * size.C), c / size.C % size.B, c % size.C);
        _supercellIndex = new int[Cells * cellAtoms];
        Array.Fill(_supercellIndex, -1);
        for (int i = 0; i < cellAtomOf.Length; i++)
        {
            int slot = CellIndex(vectorOf[i].X, vectorOf[i].Y, vectorOf[i].Z) * cellAtoms + cellAtomOf[i];
            if (cellAtomOf[i] < 0 || cellAtomOf[i] >= cellAtoms || _supercellIndex[slot] >= 0)
                throw new SschaException($"atom {i + 1} of the supercell is not a copy of its own of a unit-cell atom");
            _supercellIndex[slot] = i;
        }

        Waves = qPoints is null ? [.. cells] : Numerators(qPoints);
        int[] where = new int[Cells];
        Array.Fill(where, -1);
        for (int q = 0; q < Cells; q++)
        {
            int index = CellIndex(Waves[q].X, Waves[q].Y, Waves[q].Z);
            if (where[index] >= 0)
                throw new SschaException($"q points {where[index] + 1} and {q + 1} are the same up to a reciprocal-lattice vector");
            where[index] = q;
        }
        Minus = new int[Cells];
        for (int q = 0; q < Cells; q++)
            Minus[q] = where[CellIndex(-Waves[q].X, -Waves[q].Y, -Waves[q].Z)];
        _waveIndex = where;

        List<BlochBlock> blocks = [];
        BlockOf = new int[Cells];
        int offset = 0;
        for (int q = 0; q < Cells; q++)
        {
            if (Minus[q] < q)
            {
                BlockOf[q] = BlockOf[Minus[q]];
                continue;
            }
            BlochBlock block = new(q, Minus[q] != q, offset, (Minus[q] != q ? 2 : 1) * 3 * cellAtoms);
            BlockOf[q] = blocks.Count;
            blocks.Add(block);
            offset += block.Size;
        }
        Blocks = [.. blocks];
        GammaBlock = BlockOf[where[0]];

        // Row r of the phase table, one per real component: the weights of the cells.
        _phases = new double[Cells * Cells];
        double norm = 1 / Math.Sqrt(Cells);
        int row = 0;
        foreach (BlochBlock block in Blocks)
        {
            for (int c = 0; c < Cells; c++)
            {
                double angle = 2 * Math.PI * Phase(block.Q, cells[c].X, cells[c].Y, cells[c].Z);
                _phases[row * Cells + c] = block.IsPair ? Math.Sqrt(2) * norm * Math.Cos(angle) : norm * Math.Round(Math.Cos(angle));
                if (block.IsPair)
                    _phases[(row + 1) * Cells + c] = -Math.Sqrt(2) * norm * Math.Sin(angle);
            }
            row += block.IsPair ? 2 : 1;
        }
    }

    private readonly int[] _waveIndex;

    /// <summary>The basis of a supercell whose atoms are ordered cell by cell, third index fastest.</summary>
    public static BlochBasis Standard((int A, int B, int C) size, int cellAtoms, IReadOnlyList<Vec3>? qPoints = null)
    {
        int atoms = size.A * size.B * size.C * cellAtoms;
        return new BlochBasis(
            size, cellAtoms,
            [.. Enumerable.Range(0, atoms).Select(i => i % cellAtoms)],
            [.. Enumerable.Range(0, atoms).Select(i => i / cellAtoms).Select(c => (c / (size.B * size.C), c / size.C % size.B, c % size.C))],
            qPoints);
    }

    /// <summary>A standard basis with the q points of this one in another order.</summary>
    internal BlochBasis WithOrder(int[] order) => Standard(Size, CellAtoms, [.. order.Select(QPoint)]);

    public (int A, int B, int C) Size { get; }

    public int CellAtoms { get; }

    /// <summary>Unit cells in the supercell, which is also the number of q points.</summary>
    public int Cells { get; }

    /// <summary>3 × supercell atoms.</summary>
    public int Modes => 3 * CellAtoms * Cells;

    /// <summary>3 × unit-cell atoms.</summary>
    public int Bands => 3 * CellAtoms;

    /// <summary>Numerators of the q points: q = (X/A, Y/B, Z/C).</summary>
    public IReadOnlyList<(int X, int Y, int Z)> Waves { get; }

    /// <summary>q → index of -q.</summary>
    internal int[] Minus { get; }

    internal BlochBlock[] Blocks { get; }

    /// <summary>q → block.</summary>
    internal int[] BlockOf { get; }

    internal int GammaBlock { get; }

    public Vec3 QPoint(int q) => new((double)Waves[q].X / Size.A, (double)Waves[q].Y / Size.B, (double)Waves[q].Z / Size.C);

    /// <summary>q·R modulo 1, exact for commensurate q.</summary>
    internal double Phase(int q, int x, int y, int z)
    {
        long ab = (long)Size.A * Size.B, abc = ab * Size.C;
        long turns = (long)Waves[q].X * x * Size.B * Size.C + (long)Waves[q].Y * y * Size.A * Size.C + (long)Waves[q].Z * z * ab;
        return (double)((turns % abc + abc) % abc) / abc;
    }

    /// <summary>The q point with these numerators, modulo reciprocal-lattice vectors.</summary>
    internal int WaveAt(int x, int y, int z) => _waveIndex[CellIndex(x, y, z)];

    /// <summary>Real-space component (supercell order) of atom s, axis a in cell c.</summary>
    internal int ComponentOf(int cell, int cellAtom, int axis) => 3 * _supercellIndex[cell * CellAtoms + cellAtom] + axis;

    internal int CellIndex(int x, int y, int z) => (Mod(x, Size.A) * Size.B + Mod(y, Size.B)) * Size.C + Mod(z, Size.C);

    /// <summary>Supercell vectors, shape [count, Modes], to block components, shape [Modes, count].</summary>
    internal double[] Transform(ReadOnlySpan<double> vectors, int count)
    {
        int n = Modes;
        double[] result = new double[n * count];
        double[] gathered = new double[Cells * count];
        double[] mixed = new double[Cells * count];
        for (int band = 0; band < Bands; band++)
        {
            for (int c = 0; c < Cells; c++)
            {
                int component = ComponentOf(c, band / 3, band % 3);
                for (int i = 0; i < count; i++)
                    gathered[c * count + i] = vectors[i * n + component];
            }
            Dense.Multiply(_phases, Cells, Cells, gathered, count, mixed);
            Scatter(mixed, band, count, result);
        }
        return result;
    }

    /// <summary>Supercell components, shape [Modes, count], to block components, shape [Modes, count].</summary>
    internal double[] FromSupercellRows(ReadOnlySpan<double> rows, int count)
    {
        double[] result = new double[Modes * count];
        double[] gathered = new double[Cells * count];
        double[] mixed = new double[Cells * count];
        for (int band = 0; band < Bands; band++)
        {
            for (int c = 0; c < Cells; c++)
                rows.Slice(ComponentOf(c, band / 3, band % 3) * count, count).CopyTo(gathered.AsSpan(c * count));
            Dense.Multiply(_phases, Cells, Cells, gathered, count, mixed);
            Scatter(mixed, band, count, result);
        }
        return result;
    }

    private void Scatter(double[] mixed, int band, int count, double[] result)
    {
        int row = 0;
        foreach (BlochBlock block in Blocks)
        {
            mixed.AsSpan(row * count, count).CopyTo(result.AsSpan((block.Offset + band) * count, count));
            if (block.IsPair)
                mixed.AsSpan((row + 1) * count, count).CopyTo(result.AsSpan((block.Offset + Bands + band) * count, count));
            row += block.IsPair ? 2 : 1;
        }
    }

    /// <summary>The inverse of <see cref="Transform"/>: block components, shape [Modes, count], to supercell components, shape [Modes, count].</summary>
    internal double[] ToSupercellRows(ReadOnlySpan<double> components, int count)
    {
        double[] result = new double[Modes * count];
        double[] gathered = new double[Cells * count];
        double[] mixed = new double[Cells * count];
        double[] inverse = Dense.Transpose(_phases, Cells, Cells);
        for (int band = 0; band < Bands; band++)
        {
            int row = 0;
            foreach (BlochBlock block in Blocks)
            {
                components.Slice((block.Offset + band) * count, count).CopyTo(gathered.AsSpan(row * count, count));
                if (block.IsPair)
                    components.Slice((block.Offset + Bands + band) * count, count).CopyTo(gathered.AsSpan((row + 1) * count, count));
                row += block.IsPair ? 2 : 1;
            }
            Dense.Multiply(inverse, Cells, Cells, gathered, count, mixed);
            for (int c = 0; c < Cells; c++)
                mixed.AsSpan(c * count, count).CopyTo(result.AsSpan(ComponentOf(c, band / 3, band % 3) * count, count));
        }
        return result;
    }

    private (int X, int Y, int Z)[] Numerators(IReadOnlyList<Vec3> qPoints)
    {
        if (qPoints.Count != Cells)
            throw new SschaException($"a {Size.A}x{Size.B}x{Size.C} supercell has {Cells} q points, not {qPoints.Count}");
        (int, int, int)[] waves = new (int, int, int)[Cells];
        for (int q = 0; q < Cells; q++)
        {
            Vec3 scaled = new(qPoints[q].X * Size.A, qPoints[q].Y * Size.B, qPoints[q].Z * Size.C);
            Vec3 rounded = new(Math.Round(scaled.X), Math.Round(scaled.Y), Math.Round(scaled.Z));
            if ((scaled - rounded).Norm > 1e-4)
                throw new SschaException($"q point {q + 1} does not belong to a {Size.A}x{Size.B}x{Size.C} supercell");
            waves[q] = ((int)rounded.X, (int)rounded.Y, (int)rounded.Z);
        }
        return waves;
    }

    private static int Mod(int a, int b) => (a % b + b) % b;
}

/// <summary>One block of the basis.</summary>
/// <param name="Q">Index of its q point (the first of a pair).</param>
/// <param name="IsPair">It holds q and -q.</param>
/// <param name="Offset">First component.</param>
/// <param name="Size">Number of components.</param>
internal readonly record struct BlochBlock(int Q, bool IsPair, int Offset, int Size);
