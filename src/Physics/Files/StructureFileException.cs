namespace Csp.Physics.Files;

/// <summary>A file cannot be read or written; the message names file, line and what is wrong, in one sentence.</summary>
public sealed class StructureFileException : Exception
{
    public StructureFileException(string path, int? line, string what, Exception? inner = null)
        : base(line is int l ? $"{path}, line {l}: {what}" : $"{path}: {what}", inner)
    {
        Path = path;
        Line = line;
    }

    public string Path { get; }

    /// <summary>1-based.</summary>
    public int? Line { get; }
}
