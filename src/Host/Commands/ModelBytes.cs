using Csp.Host.Errors;
using Csp.Learning.Inference;
using Csp.Physics.Potentials;

namespace Csp.Host.Commands;

/// <summary>Model files as bytes.</summary>
public static class ModelBytes
{
    /// <exception cref="CommandException">Missing or unreadable.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(FileOf(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What a function makes of the bytes of a model; its complaints name the file.</summary>
    /// <exception cref="CommandException">Missing or unreadable.</exception>
    /// <exception cref="PotentialException">The function's own.</exception>
    public static T Read<T>(string path, Func<byte[], T> make)
    {
        byte[] bytes = Read(path);
        try
        {
            return make(bytes);
        }
        catch (PotentialException e)
        {
            throw new PotentialException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The model file that a path means: the file itself, or the one that an import left in a folder.</summary>
    public static string FileOf(string path) => Directory.Exists(path) ? Path.Combine(path, "model.csp") : path;

    /// <summary>The potential that <c>--model</c> means: one model, or a committee of several with commas between them.</summary>
    /// <exception cref="PotentialException">As <see cref="PotentialFile.Load"/>.</exception>
    public static IPotential Potential(string models)
    {
        string[] paths = Names(models);
        return paths.Length == 1 ? PotentialFile.Load(FileOf(models)) : new CommitteePotential([.. paths.Select(p => PotentialFile.Load(FileOf(p)))]);
    }

    /// <summary>The files that are named with commas between them.</summary>
    /// <exception cref="CommandException">A name is empty.</exception>
    public static string[] Names(string models)
    {
        string[] names = models.Split(',');
        return names.Contains("") ? throw new CommandException($"the name of a model is missing in '{models}'") : names;
    }

    /// <summary>Complete or not at all.</summary>
    /// <exception cref="CommandException">Cannot be written.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is string folder)
                Directory.CreateDirectory(folder);
            string unfinished = path + ".tmp";
            File.WriteAllBytes(unfinished, bytes);
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
