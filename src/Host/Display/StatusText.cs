using System.Globalization;
using Csp.Actors.Runs;

namespace Csp.Host.Display;

/// <summary>A <see cref="RunStatus"/> in words; the live view, the plain view and <c>csp status</c> say the same.</summary>
public static class StatusText
{
    public static string Head(RunStatus s) => Invariant($"{s.Formula} at {s.PressureGPa:0.###} GPa   {s.Phase}   {Clock(s.Elapsed)}");

    public static string Structures(RunStatus s)
    {
        StructureCounts c = s.Structures;
        return Invariant($"{c.Proposed} proposed, {c.Relaxed} relaxed of {c.Wanted}, {c.Rejected} rejected, {c.Duplicates} duplicates, {c.Failed} failed; pool {c.PoolSize}, generation {c.Generation}");
    }

    public static string Labels(RunStatus s)
    {
        LabelCounts c = s.Labels;
        string store = c.FromStore > 0 ? Invariant($" ({c.FromStore} from the store)") : "";
        string median = c.MedianSeconds > 0 ? Invariant($"; median {c.MedianSeconds:0.0} s") : "";
        return Invariant($"{c.Done} done{store} of {c.Budget}, {c.Running} running, {c.Queued} queued, {c.Failed} failed{median}");
    }

    public static string Model(RunStatus s) => s.Model is not ModelStatus m ? "none yet" : Invariant(
        $"v{m.Version} from {m.Labels} labels; {HoldOut(m)}; ranking by v{m.RankingVersion}");

    /// <summary>A given parent may not tell its errors.</summary>
    private static string HoldOut(ModelStatus m) =>
        double.IsNaN(m.EnergyMeV) ? "hold-out errors unknown" : Invariant($"hold-out {m.EnergyMeV:0.0} meV/atom, {m.ForceEv:0.000} eV/Å, {m.StressGPa:0.00} GPa");

    /// <summary>One line for terminals that cannot redraw and for logs.</summary>
    public static string Line(RunStatus s)
    {
        StructureCounts c = s.Structures;
        LabelCounts l = s.Labels;
        string model = s.Model is ModelStatus m ? Invariant($"v{m.Version}") + (double.IsNaN(m.EnergyMeV) ? "" : Invariant($" {m.EnergyMeV:0.0} meV/atom {m.ForceEv:0.00} eV/Å")) : "none";
        string best = s.Best.IsDefaultOrEmpty ? "none" : Invariant($"{s.Best[0].SpaceGroup} {s.Best[0].Id} {s.Best[0].EnthalpyModel:0.0000} eV/atom");
        string failed = l.Failed > 0 ? Invariant($", {l.Failed} failed") : "";
        string busy = s.InProgress.Length > 0 ? $" | now: {s.InProgress}" : "";
        return Invariant($"{Clock(s.Elapsed)} {s.Phase} | structures {c.Relaxed}/{c.Wanted}, {c.Rejected} rejected | labels {l.Done}/{l.Budget}, {l.Running} running, {l.Queued} queued{failed} | model {model} | best {best}{busy}");
    }

    /// <summary>The best structures so far.</summary>
    public static string Best(RunStatus s, int rows) => s.Best.IsDefaultOrEmpty ? "  none yet" : TextTable.Format(
        ["", "id", "space group", "atoms", "Å^3/atom", "H model eV/atom", "above best meV", "H DFT eV/atom", "SSCHA", "origin"],
        [.. s.Best.Take(rows).Select((r, i) => (IReadOnlyList<string>)
        [
            Invariant($"{i + 1}"), r.Id, r.SpaceGroup, Invariant($"{r.Atoms}"), Invariant($"{r.VolumePerAtom:0.000}"), Invariant($"{r.EnthalpyModel:0.0000}"),
            Invariant($"{1000 * (r.EnthalpyModel - s.Best[0].EnthalpyModel):0.0}"), r.EnthalpyDft is double h ? Invariant($"{h:0.0000}") : "-",
            ResultTable.FreeEnergyOf(r.Sscha), r.Origin,
        ])],
        "  ");

    /// <summary>What every worker does.</summary>
    public static string Workers(RunStatus s) => s.Workers.IsDefaultOrEmpty ? "  none" : TextTable.Format(
        ["node", "role", "slot", "doing", "for", "done", "failed", "busy", "model"],
        [.. s.Workers.Select(w => (IReadOnlyList<string>)
        [
            w.Node, w.Role, Invariant($"{w.Slot}"), w.Activity, Clock(w.Since), Invariant($"{w.Done}"), Invariant($"{w.Failed}"),
            Invariant($"{100 * w.Utilisation:0} %"), w.ModelVersion > 0 ? Invariant($"v{w.ModelVersion}") : "-",
        ])],
        "  ");

    public static string Queues(RunStatus s) => s.Queues.IsDefaultOrEmpty ? "  none" : TextTable.Format(
        ["jobs", "waiting", "running", "done", "failed", "retried", "wait s", "run s", "p90 s"],
        [.. s.Queues.Select(q => (IReadOnlyList<string>)
        [
            q.Kind, Invariant($"{q.Waiting}"), Invariant($"{q.Running}"), Invariant($"{q.Done}"), Invariant($"{q.Failed}"), Invariant($"{q.Retried}"),
            Number(q.MedianWaitSeconds), Number(q.MedianRunSeconds), Number(q.P90RunSeconds),
        ])],
        "  ");

    public static string Actors(RunStatus s) => s.Actors.IsDefaultOrEmpty ? "  none" : TextTable.Format(
        ["actor", "node", "mailbox", "processed", "failures", "restarts", "median ms", "p90 ms", "busy", "kB in", "kB out"],
        [.. s.Actors.Select(a => (IReadOnlyList<string>)
        [
            a.Name, a.Node, Invariant($"{a.Mailbox}"), Invariant($"{a.Processed}"), Invariant($"{a.Failures}"), Invariant($"{a.Restarts}"),
            Number(a.MedianMillis), Number(a.P90Millis), Invariant($"{100 * a.Utilisation:0.0} %"), Invariant($"{a.BytesIn / 1000}"), Invariant($"{a.BytesOut / 1000}"),
        ])],
        "  ");

    /// <summary>The whole page, as <c>csp status</c> prints it.</summary>
    public static string Page(RunStatus s) => string.Join('\n',
    [
        Head(s),
        "structures  " + Structures(s),
        "labels      " + Labels(s),
        "model       " + Model(s),
        .. s.Remarks.Select(r => "remark      " + r),
        "best",
        Best(s, 8),
        "workers",
        Workers(s),
        "queues",
        Queues(s),
    ]);

    /// <summary>What <c>csp metrics</c> prints.</summary>
    public static string Metrics(RunStatus s) => string.Join('\n', [Head(s), "queues", Queues(s), "workers", Workers(s), "actors", Actors(s)]);

    public static string Clock(TimeSpan t) => t.TotalHours >= 1
        ? Invariant($"{(int)t.TotalHours}:{t.Minutes:00}:{t.Seconds:00}")
        : Invariant($"{t.Minutes:00}:{t.Seconds:00}");

    private static string Number(double value) => double.IsFinite(value) ? value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) : "-";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
