using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;

namespace Csp.Actors.Population;

/// <summary>
/// The seeds of a run. Each is journalled under a number of its own (<see cref="SeedTaken"/>) before it is relaxed, and known by its content: none is relaxed
/// twice by one model and none that was taken up is lost, whatever ends the process and whatever becomes of its file. One that a model rejects is for the next
/// one: the first models of a run reject good crystals.
/// </summary>
internal sealed class SeedBook
{
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<ulong, SeedTaken> _unfinished = [];
    private readonly SortedSet<ulong> _waiting = [];
    private readonly List<(SeedTaken Seed, int Model)> _rejected = [];

    /// <summary>What was read, without the crystals that are known; from now on all of them are.</summary>
    public SeedFile New(SeedFile read) => read with { Crystals = [.. read.Crystals.Where(c => _known.Add(KeyOf(c)))] };

    /// <summary>It is in the journal and waits for a relaxer.</summary>
    public void Taken(SeedTaken seed)
    {
        string key = KeyOf(seed.Crystal);
        _known.Add(key);
        _rejected.RemoveAll(r => KeyOf(r.Seed.Crystal) == key);
        _unfinished[seed.Structure] = seed;
        _waiting.Add(seed.Structure);
    }

    /// <summary>Whether a seed has this number and waits.</summary>
    public bool Waits(ulong id) => _waiting.Contains(id);

    /// <summary>The next seed to relax, or null; it waits no longer.</summary>
    public SeedTaken? Next()
    {
        if (_waiting.Count == 0)
            return null;
        SeedTaken seed = _unfinished[_waiting.Min];
        _waiting.Remove(seed.Structure);
        return seed;
    }

    /// <summary>Seeds that an older model rejected, to be taken up again; told once.</summary>
    public IReadOnlyList<SeedTaken> RejectedBefore(int version)
    {
        SeedTaken[] again = [.. _rejected.Where(r => r.Model < version).Select(r => r.Seed)];
        _rejected.RemoveAll(r => r.Model < version);
        return again;
    }

    /// <summary>A structure is done.</summary>
    /// <returns>
    /// A seed that has to be taken up again: a worker of an earlier life, whose proposals are not in the journal, brought another structure under its number.
    /// </returns>
    public SeedTaken? Finished(StructureRelaxed e)
    {
        if (!_unfinished.Remove(e.Structure, out SeedTaken? seed))
            return null;
        _waiting.Remove(e.Structure);
        if (e.Lineage.Operator != OperatorNames.Seed)
        {
            _known.Remove(KeyOf(seed.Crystal));
            return seed;
        }
        if (e.Status == RelaxationStatus.Rejected && !e.Failed)
            _rejected.Add((seed, e.Model));
        return null;
    }

    private static string KeyOf(Crystal crystal) => LabelKey.Of(crystal, OperatorNames.Seed);
}
