using System.Globalization;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;

namespace Csp.Cluster.Tests;

/// <summary>
/// A workload with a known result: random crystals of argon, each fixed by its number, relaxed by Lennard-Jones' formula; the best are labelled by the same formula.
/// </summary>
internal sealed class ArgonWorkload : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"csp-cluster-{Guid.NewGuid():N}");
    private readonly int _structures;

    public ArgonWorkload(int structures, int atoms)
    {
        _structures = structures;
        Directory.CreateDirectory(_folder);
        string model = Path.Combine(_folder, "argon.json");
        File.WriteAllText(model, """{"lennard-jones":{"element":"Ar","epsilon":0.0104,"sigma":3.4}}""");
        Configuration = Path.Combine(_folder, "argon.conf");
        File.WriteAllText(Configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            crystal { formula = Ar, formula-units = [{{atoms}}], pressure = 1 GPa }
            run { seed = 3, wall-budget = 30 minutes }
            search { structures = {{structures}}, stall-after = 0, random-share = 1, pool-size = 30, volume-per-atom { min = 25, max = 45 } }
            labels { budget = 8, initial = 1, per-model = 5, final = 6, ensemble = 0, potential = "{{model}}" }
            training { parent = "{{model}}", frozen = on }
            sscha { candidates = 0 }
            cluster { lease = 4 s, stable-after = 6 s }
            """));
    }

    public string Configuration { get; }

    public string RunFolder(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What a run came to: enthalpy of every structure by number, and the labelled keys; throws when anything happened twice.</summary>
    public Outcome OutcomeOf(string name) => OutcomeOf(JournalReader.Read(RunFolder(name)));

    public static Outcome OutcomeOf(IReadOnlyList<IRunEvent> events)
    {
        StructureRelaxed[] fresh = [.. events.OfType<StructureRelaxed>().Where(e => !e.Rescore && e.Mode == RelaxMode.Search)];
        Dictionary<ulong, double> enthalpies = fresh.ToDictionary(e => e.Structure, e => e.Status == Physics.Relaxation.RelaxationStatus.Rejected ? double.NaN : e.EnthalpyPerAtom);
        string[] labels = [.. events.OfType<LabelStored>().Select(l => l.LabelKey)];
        double[] final = [.. events.OfType<StructureRelaxed>().Where(e => e.Mode != RelaxMode.Search).Select(e => Math.Round(e.EnthalpyPerAtom, 5)).Order()];
        return new Outcome(enthalpies, labels, final, events.OfType<RunEnded>().Any());
    }

    public bool IsComplete(Outcome outcome) => outcome.Enthalpies.Count == _structures && Enumerable.Range(1, _structures).All(i => outcome.Enthalpies.ContainsKey((ulong)i));

    /// <param name="Enthalpies">Structure → enthalpy, NaN when rejected.</param>
    /// <param name="Labels">Keys in the order of the journal.</param>
    /// <param name="Final">Enthalpies of the final table's relaxations, ascending, rounded to 10 µeV.</param>
    internal sealed record Outcome(IReadOnlyDictionary<ulong, double> Enthalpies, string[] Labels, double[] Final, bool Ended);
}
