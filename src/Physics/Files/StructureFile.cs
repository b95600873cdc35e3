namespace Csp.Physics.Files;

/// <summary>Structure files by their names: .extxyz, .xyz (extended XYZ); .cif (CIF); .vasp, .poscar, POSCAR*, CONTCAR* (VASP 5).</summary>
public static class StructureFile
{
    /// <summary>All structures of a file.</summary>
    /// <exception cref="StructureFileException">The file is missing, unreadable, malformed, or of an unknown kind.</exception>
    public static IReadOnlyList<Frame> Read(string path) => throw new NotImplementedException();

    /// <summary>Writes structures, replacing the file. POSCAR holds one structure.</summary>
    /// <exception cref="StructureFileException">Cannot be written, or of an unknown kind.</exception>
    public static void Write(string path, IEnumerable<Frame> frames) => throw new NotImplementedException();
}
