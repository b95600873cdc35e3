using Csp.Host.Errors;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Host.Commands;

/// <summary>Structures that a command works on.</summary>
public static class Structures
{
    /// <summary>All structures of a file, at least one.</summary>
    /// <exception cref="StructureFileException">Cannot be read.</exception>
    /// <exception cref="CommandException">Empty.</exception>
    public static IReadOnlyList<Frame> Read(string path)
    {
        IReadOnlyList<Frame> frames = StructureFile.Read(path);
        return frames.Count > 0 ? frames : throw new CommandException($"{path} holds no structure");
    }

    /// <summary>The only structure of a file.</summary>
    public static Frame ReadOne(string path)
    {
        IReadOnlyList<Frame> frames = Read(path);
        return frames.Count == 1 ? frames[0] : throw new CommandException($"{path} holds {frames.Count} structures, and this command works on one");
    }

    /// <exception cref="CommandException">A structure holds an element that the potential does not know.</exception>
    public static void CheckElements(string path, IReadOnlyList<Frame> frames, IPotential potential) => CheckElements(path, frames, potential.Supports, potential.Name);

    /// <exception cref="CommandException">A structure holds an element that the model does not know.</exception>
    public static void CheckElements(string path, IReadOnlyList<Frame> frames, Func<Element, bool> knows, string model)
    {
        for (int i = 0; i < frames.Count; i++)
        {
            Element? unknown = frames[i].Crystal.Elements.FirstOrDefault(e => !knows(e));
            if (unknown is not null)
                throw new CommandException($"{path}, structure {i + 1}: the model {model} does not know {unknown.Symbol}");
        }
    }

    /// <summary>Writes a file that may be there already: whoever reads it, or interrupts, has the earlier one or the new one as a whole.</summary>
    /// <exception cref="StructureFileException">Cannot be written.</exception>
    public static void Replace(string path, IEnumerable<Frame> frames)
    {
        string unfinished = Path.ChangeExtension(path, null) + ".unfinished" + Path.GetExtension(path);
        StructureFile.Write(unfinished, frames);
        try
        {
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StructureFileException(path, null, $"cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Calls a function for 0 … count-1 on some threads, with progress; results in order.</summary>
    public static T[] ForEach<T>(int count, int threads, Func<int, T> work, Action<int>? done, CancellationToken cancellation)
    {
        T[] results = new T[count];
        int finished = 0;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, i =>
        {
            results[i] = work(i);
            done?.Invoke(Interlocked.Increment(ref finished));
        });
        return results;
    }
}
