using Csp.Actors.Runs;
using Csp.Physics.Search;
using Csp.Physics.Search.Prototypes;

namespace Csp.Actors.Population;

/// <summary>Where the seeds of a run come from. Reading takes as long as files and disks like: not in a mailbox, but one call after the other from any thread.</summary>
internal sealed class SeedSource(SearchPlan plan, SearchSettings search)
{
    private readonly SeedFiles _files = new(plan.Seeds, search);
    private bool _begun;

    /// <summary>Whether nothing can come any more.</summary>
    public bool IsDry => plan.Seeds.IsEmpty && (_begun || plan.Prototypes.IsEmpty);

    /// <summary>Prototypes and all files at the first call, then what has come into the folders.</summary>
    public IReadOnlyList<SeedFile> Read()
    {
        if (_begun)
            return _files.ReadNew();
        _begun = true;
        IReadOnlyList<SeedFile> files = _files.ReadAll();
        return plan.Prototypes.IsEmpty ? files
            : [new SeedFile("prototypes", PrototypeLibrary.Seeds(string.Join(',', plan.Prototypes), search), null), .. files];
    }
}
