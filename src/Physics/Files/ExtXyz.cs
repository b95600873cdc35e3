namespace Csp.Physics.Files;

/// <summary>Extended XYZ with ASE's conventions.</summary>
public static class ExtXyz
{
    /// <summary>All frames of a file.</summary>
    /// <exception cref="StructureFileException">Missing, unreadable or malformed; names file and line.</exception>
    public static IReadOnlyList<Frame> Read(string path) => throw new NotImplementedException();

    /// <summary>Frames one after the other, without holding the file in memory.</summary>
    /// <exception cref="StructureFileException">As <see cref="Read"/>, while enumerating.</exception>
    public static IEnumerable<Frame> Enumerate(string path) => throw new NotImplementedException();

    /// <summary>Writes all frames, replacing the file; numbers in full precision, so reading gives back the same doubles.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Frame> frames) => throw new NotImplementedException();

    /// <summary>Adds frames at the end of a file, which is created when it is missing.</summary>
    /// <exception cref="StructureFileException">The file cannot be written.</exception>
    public static void Append(string path, params IEnumerable<Frame> frames) => throw new NotImplementedException();

    /// <summary>One frame as text, closing newline included.</summary>
    public static string Format(Frame frame) => throw new NotImplementedException();
}
