using Csp.Host.Errors;

namespace Csp.Host.Commands;

/// <summary>Files that a command writes at the end.</summary>
public static class OutputFile
{
    /// <summary>Writes a file; folders on the way are made.</summary>
    /// <exception cref="CommandException">Cannot be written.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is string folder)
                Directory.CreateDirectory(folder);
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
