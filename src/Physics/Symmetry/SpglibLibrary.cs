using System.Runtime.InteropServices;

namespace Csp.Physics.Symmetry;

/// <summary>The C functions of spglib (2.x), found once. Layouts follow spglib.h of version 2.0; later versions only append.</summary>
internal sealed unsafe class SpglibLibrary
{
    private static readonly Lazy<SpglibLibrary> Loaded = new(() => new SpglibLibrary());

    private SpglibLibrary()
    {
        nint library = 0;
        string[] names = ["libsymspg.so.1", "libsymspg.so.2", "libsymspg.so", "libsymspg.dylib", "libsymspg.2.dylib", "symspg"];
        if (!names.Any(name => NativeLibrary.TryLoad(name, out library)))
            throw new SymmetryException("the library spglib is not installed (Debian: apt-get install libsymspg1)");
        try
        {
            GetDataset = (delegate* unmanaged[Cdecl]<double*, double*, int*, int, double, Dataset*>)NativeLibrary.GetExport(library, "spg_get_dataset");
            FreeDataset = (delegate* unmanaged[Cdecl]<Dataset*, void>)NativeLibrary.GetExport(library, "spg_free_dataset");
            StandardizeCell = (delegate* unmanaged[Cdecl]<double*, double*, int*, int, int, int, double, int>)NativeLibrary.GetExport(library, "spg_standardize_cell");
            SymmetryFromDatabase = (delegate* unmanaged[Cdecl]<int*, double*, int, int>)NativeLibrary.GetExport(library, "spg_get_symmetry_from_database");
            SpaceGroupType = (delegate* unmanaged[Cdecl]<int, SpaceGroupTypeHead>)NativeLibrary.GetExport(library, "spg_get_spacegroup_type");
            ErrorCode = (delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "spg_get_error_code");
            ErrorMessage = (delegate* unmanaged[Cdecl]<int, byte*>)NativeLibrary.GetExport(library, "spg_get_error_message");
            var major = (delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "spg_get_major_version");
            var minor = (delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "spg_get_minor_version");
            var micro = (delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "spg_get_micro_version");
            Version = new Version(major(), minor(), micro());
        }
        catch (EntryPointNotFoundException e)
        {
            throw new SymmetryException($"the installed spglib is not usable: {e.Message}", e);
        }
        if (Version.Major < 2)
            throw new SymmetryException($"spglib {Version} is too old; version 2.0 or later is needed (Debian: apt-get install libsymspg1)");
    }

    /// <exception cref="SymmetryException">The library is missing or unusable.</exception>
    public static SpglibLibrary Instance => Loaded.Value;

    public Version Version { get; }

    /// <summary>spg_get_dataset(lattice [columns are the vectors], positions, types, atoms, symprec).</summary>
    public readonly delegate* unmanaged[Cdecl]<double*, double*, int*, int, double, Dataset*> GetDataset;

    public readonly delegate* unmanaged[Cdecl]<Dataset*, void> FreeDataset;

    /// <summary>spg_standardize_cell(lattice, positions, types, atoms, to_primitive, no_idealize, symprec): atoms of the new cell, in place.</summary>
    public readonly delegate* unmanaged[Cdecl]<double*, double*, int*, int, int, int, double, int> StandardizeCell;

    /// <summary>spg_get_symmetry_from_database(rotations[192], translations[192], hall_number): number of operations.</summary>
    public readonly delegate* unmanaged[Cdecl]<int*, double*, int, int> SymmetryFromDatabase;

    public readonly delegate* unmanaged[Cdecl]<int, SpaceGroupTypeHead> SpaceGroupType;

    public readonly delegate* unmanaged[Cdecl]<int> ErrorCode;

    public readonly delegate* unmanaged[Cdecl]<int, byte*> ErrorMessage;

    /// <summary>The reason of the last failure; another thread's failure at the same instant may replace it.</summary>
    public string LastError() => Marshal.PtrToStringUTF8((nint)ErrorMessage(ErrorCode())) ?? "unknown reason";

    /// <summary>SpglibDataset.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Dataset
    {
        public int SpaceGroupNumber;
        public int HallNumber;
        public fixed byte International[11];
        public fixed byte HallSymbol[17];
        public fixed byte Choice[6];
        public fixed double Transformation[9];
        public fixed double OriginShift[3];
        public int OperationCount;
        public int* Rotations;
        public double* Translations;
        public int AtomCount;
        public int* Wyckoffs;
        public byte* SiteSymmetries;
        public int* EquivalentAtoms;
        public int* CrystallographicOrbits;
        public fixed double PrimitiveLattice[9];
        public int* MappingToPrimitive;
        public int StandardAtomCount;
        public fixed double StandardLattice[9];
        public int* StandardTypes;
        public double* StandardPositions;
        public fixed double StandardRotation[9];
        public int* StandardMappingToPrimitive;
        public fixed byte PointGroup[6];
    }

    /// <summary>The beginning of SpglibSpacegroupType, which is the same in all versions; returned through a buffer larger than any of them.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 512)]
    public struct SpaceGroupTypeHead
    {
        public int Number;
        public fixed byte InternationalShort[11];
        public fixed byte InternationalFull[20];
        public fixed byte International[32];
        public fixed byte Schoenflies[7];
    }

    /// <summary>A zero-terminated or full fixed-length text.</summary>
    public static string Text(byte* bytes, int length)
    {
        ReadOnlySpan<byte> span = new(bytes, length);
        int end = span.IndexOf((byte)0);
        return System.Text.Encoding.ASCII.GetString(end < 0 ? span : span[..end]).Trim();
    }
}
