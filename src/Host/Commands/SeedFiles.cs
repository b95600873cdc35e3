using System.Diagnostics;
using Csp.Host.Errors;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Search;

namespace Csp.Host.Commands;

/// <summary>Known structures from a file, or from a folder into which files may be put while the search runs.</summary>
internal sealed class SeedFiles
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly IPotential _potential;
    private readonly HashSet<string> _read = [];
    private readonly Stopwatch _since = Stopwatch.StartNew();

    /// <exception cref="CommandException">There is neither a file nor a folder of that name.</exception>
    public SeedFiles(string path, IPotential potential)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new CommandException($"--seeds: there is no file or folder {path}");
        (_path, _potential) = (path, potential);
    }

    /// <summary>Hands new structures to the search, and while it runs says so. A file that cannot be read stops the start, and later is told once and passed over.</summary>
    public void AddNew(SearchLoop search, bool first)
    {
        if (!first && (!Directory.Exists(_path) || _since.Elapsed < LookEvery))
            return;
        _since.Restart();
        string[] files = Directory.Exists(_path) ? [.. Directory.GetFiles(_path).Order(StringComparer.Ordinal)] : [_path];
        foreach (string file in files.Where(f => !_read.Contains(f) && (first || DateTime.UtcNow - File.GetLastWriteTimeUtc(f) > LookEvery)))
        {
            _read.Add(file);
            try
            {
                IReadOnlyList<Frame> frames = Structures.Read(file);
                Structures.CheckElements(file, frames, _potential);
                foreach (Frame frame in frames)
                    search.AddSeed(frame.Crystal);
                if (!first)
                    Console.Error.WriteLine($"seeds: {frames.Count} from {file}");
            }
            catch (Exception e) when (!first && e is StructureFileException or CommandException)
            {
                Console.Error.WriteLine($"seeds passed over: {e.Message}");
            }
        }
    }
}
