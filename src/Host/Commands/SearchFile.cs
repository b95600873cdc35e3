using System.Collections.Immutable;
using System.Globalization;
using Csp.Host.Errors;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Physics.Search;

namespace Csp.Host.Commands;

/// <summary>The pool of a search as a structure file: written while it runs, read to go on.</summary>
/// <param name="path">Where it is written.</param>
/// <param name="settings">The search.</param>
/// <param name="potential">Its model; energies of another one are refused.</param>
internal sealed class SearchFile(string path, SearchSettings settings, IPotential potential)
{
    public string Path { get; } = path;

    /// <summary>All ranked members, best first, with lineage, and the last id that was given; complete or not at all.</summary>
    public void Write(SearchLoop search)
    {
        Pool pool = search.Pool;
        Structures.Replace(Path, pool.Ranked.Select((e, i) => FrameOf(pool, e, i).With("last_id", Text(search.LastId))));
    }

    /// <summary>The pool that an earlier search left, and the last id it gave.</summary>
    /// <exception cref="CommandException">It is of another model or pressure, or was not written by a search.</exception>
    public (Pool Pool, ulong LastId) Resume(string earlier)
    {
        IReadOnlyList<Frame> frames = Structures.Read(earlier);
        List<PoolEntry> entries = [];
        for (int i = 0; i < frames.Count; i++)
        {
            Frame frame = frames[i];
            string where = $"{earlier}, structure {i + 1}";
            if (frame["model"] is string model && model != potential.Name)
                throw new CommandException($"{where}: its enthalpy is of the model {model}, not of {potential.Name}");
            if (Number(frame, "pressure_gpa", where) is double pressure && Math.Abs(pressure - settings.PressureGPa) > 1e-9)
                throw new CommandException(FormattableString.Invariant($"{where}: it was relaxed at {pressure} GPa, not at {settings.PressureGPa}"));
            if (!settings.Cells.Any(c => c.Reduced.Equals(frame.Crystal.Composition.Reduced)))
                throw new CommandException($"{where}: {frame.Crystal.Composition} is no composition of this search");
            if (!ulong.TryParse(frame["id"]?.TrimStart('s'), CultureInfo.InvariantCulture, out ulong id) || entries.Any(e => e.Id == id))
                throw new CommandException($"{where}: it has no id of its own");
            Proposal proposal = new(
                id, frame.Crystal, frame["operator"] ?? OperatorNames.Seed, Parents(frame["parents"]), (int)Number(frame, "generation", where),
                frame["requested_group"] is null ? null : (int)Number(frame, "requested_group", where));
            entries.Add(new PoolEntry(
                proposal, frame.Crystal, Fingerprint.Of(frame.Crystal),
                ImmutableSortedDictionary<int, double>.Empty.Add(0, Number(frame, "enthalpy_ev_per_atom", where)), null));
        }
        return (Pool.Restore(settings, 0, entries), frames.Count > 0 && ulong.TryParse(frames[0]["last_id"], CultureInfo.InvariantCulture, out ulong last) ? last : 0);
    }

    private Frame FrameOf(Pool pool, PoolEntry entry, int index)
    {
        Proposal p = entry.Proposal;
        Frame frame = Frame.Of(entry.Crystal, potential.Evaluate(entry.Crystal))
            .With("rank", Text(index + 1))
            .With("id", $"s{entry.Id}")
            .With("enthalpy_ev_per_atom", Text(pool.RankedEnthalpy(entry)))
            .With("above_mev_per_atom", Text(1000 * (pool.RankingKey(entry) - pool.RankingKey(pool.Ranked[0]))))
            .With("pressure_gpa", Text(settings.PressureGPa))
            .With("model", potential.Name)
            .With("operator", p.Operator)
            .With("generation", Text(p.Generation))
            .With("parents", string.Join(' ', p.Parents.Select(id => $"s{id}")));
        return p.RequestedGroup is int group ? frame.With("requested_group", Text(group)) : frame;
    }

    private static ImmutableArray<ulong> Parents(string? text) =>
        [.. (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => ulong.TryParse(t.TrimStart('s'), CultureInfo.InvariantCulture, out ulong id) ? id : 0).Where(id => id > 0)];

    private static double Number(Frame frame, string key, string where) =>
        double.TryParse(frame[key], NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x)
            ? x
            : throw new CommandException($"{where}: no search wrote it, it has no number '{key}'");

    private static string Text(IFormattable value) => value.ToString(value is double ? "R" : null, CultureInfo.InvariantCulture);
}
