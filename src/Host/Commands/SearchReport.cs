using System.Globalization;
using Csp.Host.Display;
using Csp.Host.Runs;
using Csp.Physics.Search;
using Csp.Physics.Symmetry;

namespace Csp.Host.Commands;

/// <summary>What <c>csp search</c> prints at its end.</summary>
internal static class SearchReport
{
    private const int Shown = 20;

    public static void Print(SearchLoop search, double seconds, string output, bool json)
    {
        Pool pool = search.Pool;
        SearchProgress end = search.Progress;
        double best = pool.RankingKey(pool.Ranked[0]);
        var rows = pool.Ranked.Select((e, i) => new
        {
            Rank = i + 1,
            Id = $"s{e.Id}",
            Formula = e.Crystal.Composition.Reduced.ToString(),
            SpaceGroup = Spglib.SpaceGroupOf(e.Crystal, 0.02).Symbol,
            Atoms = e.Crystal.Count,
            VolumePerAtom = e.Crystal.Volume / e.Crystal.Count,
            EnthalpyPerAtomEv = pool.RankedEnthalpy(e),
            AboveBestMeV = 1000 * (pool.RankingKey(e) - best),
            Origin = Origin(e.Proposal),
        }).ToArray();
        if (json)
        {
            Console.WriteLine(JsonText.Of(new
            {
                end.Relaxed,
                end.Rejected,
                end.Duplicates,
                end.Evaluations,
                end.BestAt,
                Seconds = seconds,
                Operators = end.Shares,
                Hull = pool.Hull?.Stable.Select(p => new { Id = $"s{p.Id}", Formula = p.Composition.Reduced.ToString(), p.EnthalpyPerAtom }),
                Results = rows,
                Out = output,
            }));
            return;
        }
        string above = pool.Hull is null ? "above best meV" : "above hull meV";
        Console.WriteLine(TextTable.Format(["rank", "id", "formula", "space group", "atoms", "Å^3/atom", "H eV/atom", above, "origin"], [.. rows.Take(Shown).Select(r => (IReadOnlyList<string>)
        [
            Text($"{r.Rank}"), r.Id, r.Formula, r.SpaceGroup, Text($"{r.Atoms}"), Text($"{r.VolumePerAtom:0.000}"), Text($"{r.EnthalpyPerAtomEv:0.00000}"), Text($"{r.AboveBestMeV:0.00}"), r.Origin,
        ])]));
        Console.WriteLine();
        if (pool.Hull is not null)
            Console.WriteLine($"on the convex hull: {string.Join(", ", rows.Where(r => pool.Hull.Stable.Any(p => $"s{p.Id}" == r.Id)).Select(r => $"{r.Formula} {r.SpaceGroup} ({r.Id})"))}\n");
        Console.WriteLine(TextTable.Format(["operator", "share", "proposed", "accepted"], [.. end.Shares.Select(s => (IReadOnlyList<string>)
            [s.Operator, Text($"{100 * s.Share:0.0} %"), Text($"{s.Proposed}"), Text($"{s.Accepted}")])]));
        Console.WriteLine(Text($"{end.Relaxed} relaxed, {end.Rejected} of them rejected, {end.Duplicates} duplicates in {seconds:0.0} s ({end.Evaluations} evaluations), best found after {end.BestAt}, pool written to {output}"));
    }

    /// <summary>Operator and parents, or the space group of a random crystal.</summary>
    private static string Origin(Proposal p) => p.RequestedGroup is int group
        ? string.Create(CultureInfo.InvariantCulture, $"{p.Operator} {group}")
        : $"{p.Operator} {string.Join(' ', p.Parents.Select(id => $"s{id}"))}".TrimEnd();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
