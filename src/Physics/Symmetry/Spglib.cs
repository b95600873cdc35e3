using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>
/// Space groups by the C library spglib (Togo, Shinohara and Tanaka, arXiv:1808.01590), called directly. Safe from several threads:
/// every result is an allocation of its own.
/// </summary>
public static unsafe class Spglib
{
    /// <summary>Version of the installed library.</summary>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static Version Version => SpglibLibrary.Instance.Version;

    /// <summary>Space group, operations, Wyckoff letters and the standard cell of a crystal.</summary>
    /// <param name="crystal">Any cell, either handedness.</param>
    /// <param name="symprec">Tolerance on distances, Å.</param>
    /// <exception cref="SymmetryException">spglib finds no symmetry (atoms on top of each other, unusable tolerance) or is not installed.</exception>
    public static SymmetryDataset Analyze(Crystal crystal, double symprec = 0.01)
    {
        Input input = new(crystal, symprec);
        SpglibLibrary library = SpglibLibrary.Instance;
        SpglibLibrary.Dataset* found;
        fixed (double* lattice = input.Lattice, positions = input.Positions)
        fixed (int* types = input.Types)
            found = library.GetDataset(lattice, positions, types, crystal.Count, symprec);
        if (found is null)
            throw Failed(crystal, symprec, library);
        try
        {
            return found->SpaceGroupNumber > 0 ? Read(found, input, symprec) : throw Failed(crystal, symprec, library);
        }
        finally
        {
            library.FreeDataset(found);
        }
    }

    /// <summary>Only the number of the space group, 1 … 230: cheaper than <see cref="Analyze"/> to read out.</summary>
    /// <exception cref="SymmetryException">As <see cref="Analyze"/>.</exception>
    public static int NumberOf(Crystal crystal, double symprec = 0.01)
    {
        Input input = new(crystal, symprec);
        SpglibLibrary library = SpglibLibrary.Instance;
        SpglibLibrary.Dataset* found;
        fixed (double* lattice = input.Lattice, positions = input.Positions)
        fixed (int* types = input.Types)
            found = library.GetDataset(lattice, positions, types, crystal.Count, symprec);
        int number = found is null ? 0 : found->SpaceGroupNumber;
        if (found is not null)
            library.FreeDataset(found);
        return number > 0 ? number : throw Failed(crystal, symprec, library);
    }

    /// <summary>Symbol and number of the space group for a table: <c>?</c> and 0 where spglib finds none.</summary>
    public static (string Symbol, int Number) SpaceGroupOf(Crystal crystal, double symprec)
    {
        try
        {
            SymmetryDataset found = Analyze(crystal, symprec);
            return (found.International, found.Number);
        }
        catch (SymmetryException)
        {
            return ("?", 0);
        }
    }

    /// <summary>The standard conventional or primitive cell.</summary>
    /// <param name="crystal">Any cell.</param>
    /// <param name="primitive">The standard primitive cell instead of the conventional one.</param>
    /// <param name="idealize">Symmetrise positions and lattice and turn the crystal to the standard orientation; otherwise keep both as they are.</param>
    /// <param name="symprec">Å.</param>
    /// <exception cref="SymmetryException">As <see cref="Analyze"/>.</exception>
    public static Crystal Standardize(Crystal crystal, bool primitive, bool idealize, double symprec = 0.01)
    {
        // The conventional cell holds up to four times the atoms of the primitive one.
        Input input = new(crystal, symprec, capacity: 4);
        SpglibLibrary library = SpglibLibrary.Instance;
        int count;
        fixed (double* lattice = input.Lattice, positions = input.Positions)
        fixed (int* types = input.Types)
            count = library.StandardizeCell(lattice, positions, types, crystal.Count, primitive ? 1 : 0, idealize ? 0 : 1, symprec);
        return count > 0
            ? new Crystal(Mat3.FromSpan(input.Lattice).Transpose, ElementsOf(input.Types.AsSpan(0, count)), input.Positions.AsSpan(0, 3 * count))
            : throw Failed(crystal, symprec, library);
    }

    /// <summary>All operations of one of the 530 settings, centring included; the first one is the identity.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 … 530.</exception>
    /// <exception cref="SymmetryException">spglib is not installed.</exception>
    public static ImmutableArray<SymmetryOperation> OperationsOfHall(int hallNumber)
    {
        if (hallNumber is < 1 or > 530)
            throw new ArgumentOutOfRangeException(nameof(hallNumber), $"Hall numbers run from 1 to 530, not to {hallNumber}");
        int[] rotations = new int[192 * 9];
        double[] translations = new double[192 * 3];
        int count;
        fixed (int* r = rotations)
        fixed (double* t = translations)
            count = SpglibLibrary.Instance.SymmetryFromDatabase(r, t, hallNumber);
        return Operations(rotations, translations, count);
    }

    /// <summary>Space group number and short Hermann-Mauguin symbol of a setting.</summary>
    internal static (int Number, string Symbol) TypeOfHall(int hallNumber)
    {
        SpglibLibrary.SpaceGroupTypeHead type = SpglibLibrary.Instance.SpaceGroupType(hallNumber);
        return (type.Number, SpglibLibrary.Text(type.InternationalShort, 11));
    }

    private static SymmetryDataset Read(SpglibLibrary.Dataset* d, Input input, double symprec)
    {
        int atoms = d->AtomCount;
        ImmutableArray<char>.Builder wyckoffs = ImmutableArray.CreateBuilder<char>(atoms);
        ImmutableArray<string>.Builder sites = ImmutableArray.CreateBuilder<string>(atoms);
        for (int i = 0; i < atoms; i++)
        {
            wyckoffs.Add(d->Wyckoffs[i] < 26 ? (char)('a' + d->Wyckoffs[i]) : (char)('A' + d->Wyckoffs[i] - 26));
            sites.Add(SpglibLibrary.Text(d->SiteSymmetries + 7 * i, 7));
        }
        ImmutableArray<SymmetryOperation> operations = Operations(
            new ReadOnlySpan<int>(d->Rotations, 9 * d->OperationCount), new ReadOnlySpan<double>(d->Translations, 3 * d->OperationCount), d->OperationCount);
        Mat3 transformation = Mat3.FromSpan(new ReadOnlySpan<double>(d->Transformation, 9));
        if (input.Swapped)
        {
            operations = [.. operations.Select(Swap)];
            transformation *= Input.Swap.ToMat3();
        }
        return new SymmetryDataset
        {
            Number = d->SpaceGroupNumber,
            International = SpglibLibrary.Text(d->International, 11),
            HallNumber = d->HallNumber,
            HallSymbol = SpglibLibrary.Text(d->HallSymbol, 17),
            PointGroup = SpglibLibrary.Text(d->PointGroup, 6),
            Operations = operations,
            EquivalentAtoms = [.. new ReadOnlySpan<int>(d->EquivalentAtoms, atoms)],
            Wyckoffs = wyckoffs.MoveToImmutable(),
            SiteSymmetries = sites.MoveToImmutable(),
            Transformation = transformation,
            OriginShift = Vec3.At(new ReadOnlySpan<double>(d->OriginShift, 3), 0),
            Standard = new Crystal(
                Mat3.FromSpan(new ReadOnlySpan<double>(d->StandardLattice, 9)).Transpose,
                ElementsOf(new ReadOnlySpan<int>(d->StandardTypes, d->StandardAtomCount)),
                new ReadOnlySpan<double>(d->StandardPositions, 3 * d->StandardAtomCount)),
            Symprec = symprec,
        };
    }

    private static ImmutableArray<SymmetryOperation> Operations(ReadOnlySpan<int> rotations, ReadOnlySpan<double> translations, int count)
    {
        ImmutableArray<SymmetryOperation>.Builder operations = ImmutableArray.CreateBuilder<SymmetryOperation>(count);
        for (int i = 0; i < count; i++)
            operations.Add(new SymmetryOperation(IntMat3.FromSpan(rotations.Slice(9 * i, 9)), Vec3.At(translations, i)));
        return operations.MoveToImmutable();
    }

    private static SymmetryOperation Swap(SymmetryOperation o) =>
        new(Input.Swap * o.Rotation * Input.Swap, new Vec3(o.Translation.Y, o.Translation.X, o.Translation.Z));

    private static ImmutableArray<Element> ElementsOf(ReadOnlySpan<int> numbers)
    {
        ImmutableArray<Element>.Builder elements = ImmutableArray.CreateBuilder<Element>(numbers.Length);
        foreach (int z in numbers)
            elements.Add(Element.FromNumber(z));
        return elements.MoveToImmutable();
    }

    private static SymmetryException Failed(Crystal crystal, double symprec, SpglibLibrary library) =>
        new($"spglib finds no symmetry of {crystal} within {symprec} Å: {library.LastError()}");

    /// <summary>A crystal as spglib wants it: columns are lattice vectors, right-handed (a and b are exchanged where it is not).</summary>
    private sealed class Input
    {
        public static readonly IntMat3 Swap = new(0, 1, 0, 1, 0, 0, 0, 0, 1);

        public Input(Crystal crystal, double symprec, int capacity = 1)
        {
            if (!(symprec > 0) || !double.IsFinite(symprec))
                throw new SymmetryException($"the symmetry tolerance must be a positive length in Å, not {symprec}");
            Swapped = crystal.Lattice.Determinant < 0;
            Mat3 lattice = Swapped ? Swap * crystal.Lattice : crystal.Lattice;
            Lattice = lattice.Transpose.ToArray();
            Positions = new double[3 * crystal.Count * capacity];
            Types = new int[crystal.Count * capacity];
            for (int i = 0; i < crystal.Count; i++)
            {
                Vec3 f = crystal.FractionalOf(i);
                (Swapped ? new Vec3(f.Y, f.X, f.Z) : f).Store(Positions, i);
                Types[i] = crystal.Elements[i].Number;
            }
        }

        public double[] Lattice { get; }

        public double[] Positions { get; }

        public int[] Types { get; }

        public bool Swapped { get; }
    }
}
