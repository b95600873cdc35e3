using System.Collections.Immutable;
using System.Diagnostics;
using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Physics.Search;

/// <summary>What a file of seeds holds.</summary>
/// <param name="Path">The file.</param>
/// <param name="Crystals">Empty when it cannot be used.</param>
/// <param name="Trouble">Why it cannot be used, one sentence; null when it can.</param>
public sealed record SeedFile(string Path, ImmutableArray<Crystal> Crystals, string? Trouble);

/// <summary>
/// Known structures for a search, from files and from folders into which files may be put while it runs. Every file is read once; one with a structure
/// that the search cannot rank is refused as a whole. Not safe from several threads.
/// </summary>
/// <param name="paths">Files and folders; what does not exist holds nothing.</param>
/// <param name="settings">The search, for its compositions.</param>
public sealed class SeedFiles(ImmutableArray<string> paths, SearchSettings settings)
{
    /// <summary>A file that was written to a shorter while ago may be half written; folders are looked at as often.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _read = [];
    private readonly Stopwatch _looked = Stopwatch.StartNew();

    /// <summary>All files that are there and were not read before.</summary>
    public IReadOnlyList<SeedFile> ReadAll() => Read(_ => true);

    /// <summary>Files that have come into the folders and that nobody has written to for two seconds. Looks every two seconds, however often it is called.</summary>
    public IReadOnlyList<SeedFile> ReadNew() => _looked.Elapsed < Settled ? [] : Read(file => DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > Settled);

    private IReadOnlyList<SeedFile> Read(Func<string, bool> ready)
    {
        _looked.Restart();
        return [.. paths.SelectMany(FilesOf).Where(file => !_read.Contains(file) && ready(file) && _read.Add(file)).Select(Read)];
    }

    /// <summary>Hidden files are what editors and copying programs leave for a moment.</summary>
    private static IEnumerable<string> FilesOf(string path)
    {
        if (File.Exists(path))
            return [path];
        try
        {
            return Directory.Exists(path) ? Directory.GetFiles(path).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed at this moment, or on a disk that does not answer: it is looked at again.
            return [];
        }
    }

    private SeedFile Read(string file)
    {
        try
        {
            ImmutableArray<Crystal> crystals = [.. StructureFile.Read(file).Select(f => f.Crystal)];
            if (crystals.IsEmpty)
                return new SeedFile(file, [], $"{file} holds no structure");
            foreach ((int i, Crystal crystal) in crystals.Index())
            {
                if (!settings.Cells.Any(cell => cell.Reduced.Equals(crystal.Composition.Reduced)))
                    return new SeedFile(file, [], $"{file}, structure {i + 1}: {crystal.Composition} is no composition of this search");
            }
            return new SeedFile(file, crystals, null);
        }
        catch (StructureFileException e)
        {
            return new SeedFile(file, [], e.Message);
        }
    }
}
