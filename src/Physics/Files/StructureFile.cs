using System.Text;

namespace Csp.Physics.Files;

/// <summary>
/// Structure files by their names: .extxyz, .xyz (extended XYZ); .cif (CIF); .vasp, .poscar, .contcar, POSCAR*, CONTCAR* (VASP 5).
/// </summary>
public static class StructureFile
{
    /// <summary>All structures of a file.</summary>
    /// <exception cref="StructureFileException">The file is missing, unreadable, malformed, or of an unknown kind.</exception>
    public static IReadOnlyList<Frame> Read(string path) => KindOf(path) switch
    {
        Kind.ExtXyz => ExtXyz.Read(path),
        Kind.Cif => Cif.Read(path),
        _ => [Poscar.Read(path)],
    };

    /// <summary>
    /// Writes structures, replacing the file. CIF keeps cell and atoms as they are, in P1 (<see cref="Cif.FormatSymmetric"/> writes the
    /// space group); POSCAR holds exactly one structure. Neither keeps energies and forces.
    /// </summary>
    /// <exception cref="StructureFileException">Cannot be written, of an unknown kind, or several structures for a POSCAR.</exception>
    public static void Write(string path, IEnumerable<Frame> frames)
    {
        switch (KindOf(path))
        {
            case Kind.ExtXyz:
                ExtXyz.Write(path, frames);
                break;
            case Kind.Cif:
                Cif.Write(path, frames);
                break;
            default:
                List<Frame> all = [.. frames];
                if (all.Count != 1)
                    throw new StructureFileException(path, null, $"a POSCAR holds one structure, not {all.Count}");
                Poscar.Write(path, all[0].Crystal);
                break;
        }
    }

    internal static StreamReader OpenText(string path)
    {
        try
        {
            return new StreamReader(path, Encoding.UTF8, true, 1 << 16);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StructureFileException(path, null, "there is no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StructureFileException(path, null, $"cannot be read: {e.Message}", e);
        }
    }

    internal static string ReadText(string path)
    {
        using StreamReader reader = OpenText(path);
        try
        {
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StructureFileException(path, null, $"cannot be read: {e.Message}", e);
        }
    }

    internal static void WriteText(string path, bool append, Action<TextWriter> write)
    {
        try
        {
            using StreamWriter writer = new(path, append, new UTF8Encoding(false), 1 << 16);
            write(writer);
        }
        catch (ArgumentException e)
        {
            throw new StructureFileException(path, null, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StructureFileException(path, null, $"cannot be written: {e.Message}", e);
        }
    }

    private enum Kind
    {
        ExtXyz,
        Cif,
        Poscar,
    }

    private static Kind KindOf(string path)
    {
        string name = Path.GetFileName(path);
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".extxyz" or ".xyz" => Kind.ExtXyz,
            ".cif" => Kind.Cif,
            ".vasp" or ".poscar" or ".contcar" => Kind.Poscar,
            _ when name.StartsWith("POSCAR", StringComparison.OrdinalIgnoreCase) || name.StartsWith("CONTCAR", StringComparison.OrdinalIgnoreCase) => Kind.Poscar,
            _ => throw new StructureFileException(path, null, "the kind of structure file is not known by this name (.extxyz, .xyz, .cif, .vasp, POSCAR, CONTCAR)"),
        };
    }
}
