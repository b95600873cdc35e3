using System.Text;

namespace Csp.Physics.Files;

/// <summary>
/// Extended XYZ with ASE's conventions: the comment line holds <c>Lattice="ax ay az bx by bz cx cy cz"</c>, <c>Properties=species:S:1:pos:R:3…</c>,
/// <c>pbc</c>, <c>energy</c> (eV), <c>stress</c> (eV/Å^3, nine numbers or six in the order xx yy zz yz xz xy; negative under compression), and any
/// further key=value pairs, which are kept as text. Positions are Cartesian in Å, forces in eV/Å; other columns are skipped.
/// A frame without a lattice, or not periodic in all three directions, is refused: Csp works on crystals.
/// </summary>
public static class ExtXyz
{
    /// <summary>All frames of a file.</summary>
    /// <exception cref="StructureFileException">Missing, unreadable, without frames, or malformed; names file and line.</exception>
    public static IReadOnlyList<Frame> Read(string path)
    {
        List<Frame> frames = [.. Enumerate(path)];
        return frames.Count > 0 ? frames : throw new StructureFileException(path, null, "the file holds no structure");
    }

    /// <summary>All frames of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="StructureFileException">As <see cref="Read(string)"/>.</exception>
    public static IReadOnlyList<Frame> Parse(string text, string name = "extended XYZ")
    {
        ExtXyzReader reader = new(new StringReader(text), name);
        List<Frame> frames = [];
        while (reader.Next() is Frame frame)
            frames.Add(frame);
        return frames.Count > 0 ? frames : throw new StructureFileException(name, null, "the text holds no structure");
    }

    /// <summary>Frames one after the other, without holding the file in memory.</summary>
    /// <exception cref="StructureFileException">As <see cref="Read"/>, while enumerating; an empty file has no frames here.</exception>
    public static IEnumerable<Frame> Enumerate(string path)
    {
        using StreamReader text = StructureFile.OpenText(path);
        ExtXyzReader reader = new(text, path);
        while (reader.Next() is Frame frame)
            yield return frame;
    }

    /// <summary>
    /// Writes all frames, replacing the file. Numbers are written with as many digits as bring back the same double
    /// (positions are Cartesian in the file, so fractional ones come back within a few units of the last place).
    /// </summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Frame> frames) => Write(path, frames, append: false);

    /// <summary>Adds frames at the end of a file, which is created when it is missing.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public static void Append(string path, params IEnumerable<Frame> frames) => Write(path, frames, append: true);

    /// <summary>One frame as text, closing newline included.</summary>
    /// <exception cref="ArgumentException">A key of the frame's info cannot stand in a comment line, or the forces do not fit the atoms.</exception>
    public static string Format(Frame frame)
    {
        StringBuilder text = new();
        ExtXyzWriter.Append(text, frame);
        return text.ToString();
    }

    private static void Write(string path, IEnumerable<Frame> frames, bool append) => StructureFile.WriteText(path, append, writer =>
    {
        StringBuilder text = new();
        foreach (Frame frame in frames)
        {
            ExtXyzWriter.Append(text.Clear(), frame);
            writer.Write(text);
        }
    });
}
