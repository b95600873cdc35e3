using Csp.Actors.Ensembles;
using Csp.Actors.Models;
using Csp.Actors.Population;
using Csp.Physics.Crystals;

namespace Csp.Actors.Runs;

/// <summary>
/// Free energies while the search still runs: the best structures within the window, once the model is good enough that they mean something. They are done again
/// with the last model.
/// </summary>
internal sealed class EarlyEnsembles(RunSettings run)
{
    private const double GoodEnergyMeV = 15;
    private const double GoodForce = 0.25;
    private readonly HashSet<ulong> _asked = [];

    public FreeEnergyWanted? Next(PoolHead head, ModelInfo? model)
    {
        if (model is null || head.Best.Length == 0 || _asked.Count >= run.Sscha.Candidates
            || !(model.HoldOut.EnergyMaeMev < GoodEnergyMeV && model.HoldOut.ForceMae < GoodForce) || head.SinceBest < run.Search.StallAfter / 3)
            return null;
        foreach (HeadEntry entry in head.Best.Take(run.Sscha.Candidates))
        {
            if (entry.AboveBest > run.Sscha.WindowMeV / 1000 || !_asked.Add(entry.Id))
                continue;
            Crystal cell = FinalTable.ParentsOf(entry.Crystal) is [.., (Crystal parent, _)] ? parent : entry.Crystal;
            return new FreeEnergyWanted(entry.Id, cell, Final: false);
        }
        return null;
    }
}
