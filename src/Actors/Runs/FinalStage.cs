using System.Collections.Immutable;
using Csp.Actors.Ensembles;
using Csp.Actors.Jobs;
using Csp.Actors.Labeling;
using Csp.Actors.Population;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Search;
using Csp.Physics.Sscha;

namespace Csp.Actors.Runs;

/// <summary>
/// The end of a run, step by step: tight relaxations of the best and of their parents of higher symmetry, DFT on the best of these, free energies, DFT on a random
/// part of an ensemble. Says what it wants through a delegate and is told the answers; no actor itself.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="labels">DFT labels that it may have.</param>
/// <param name="last">The last round, with free energies; an earlier round only finds out how good the model is where it matters.</param>
/// <param name="remarks">Gets what could not be done.</param>
/// <param name="log">Gets what happens.</param>
/// <param name="tell">Sends what is wanted.</param>
internal sealed class FinalStage(RunSettings run, int labels, bool last, List<string> remarks, Action<string> log, Action<FinalStage.Target, object> tell)
{
    private const ulong CaseFlag = 1UL << 60;
    private const ulong ConfigurationFlag = 1UL << 59;
    private readonly Dictionary<string, FinalCase> _cases = [];
    private readonly List<string> _table = [];
    private readonly Dictionary<string, FreeEnergyDone> _sscha = [];
    private readonly List<string> _sschaAsked = [];
    private readonly Dictionary<ulong, (string Case, int Index)> _configurations = [];
    private readonly Dictionary<int, PotentialResult> _checked = [];
    private int _relaxing;
    private int _labelling;
    private int _checking;
    private int _model;

    public enum Target
    {
        Population,
        Labeling,
        Ensembles,
    }

    public bool Started { get; private set; }

    /// <summary>Largest difference between model and DFT among the labelled, meV/atom; 0 without any.</summary>
    public double WorstMeV => _cases.Values.Where(c => c.DftEnthalpy is not null).Select(c => 1000 * Math.Abs(c.Enthalpy - c.DftEnthalpy!.Value)).DefaultIfEmpty(0).Max();

    public bool Over { get; private set; }

    /// <summary>For the status line.</summary>
    public string Progress => !Started ? "" : Over ? "" : _relaxing > 0 ? $": {_relaxing} relaxations" : $": {_labelling} labels, {_sschaAsked.Count - _sscha.Count} SSCHA, {_checking} checks left";

    public void Start(PoolHead head, int model, ImmutableArray<IRunEvent> history)
    {
        (Started, _model) = (true, model);
        int wanted = Math.Max(5, run.Labels.Final);
        foreach (HeadEntry entry in head.Best.Where(b => b.AboveBest <= run.Search.WindowMeV / 1000 || head.Best.IndexOf(b) < wanted).Take(4 * wanted))
        {
            Lineage lineage = new(entry.Origin, [], entry.Generation, null);
            foreach (FinalCase c in FinalTable.CasesOf(entry, lineage))
                _cases.TryAdd(c.Key, c);
        }
        Dictionary<string, StructureRelaxed> done = [];
        foreach (StructureRelaxed e in history.OfType<StructureRelaxed>().Where(e => e.Mode != RelaxMode.Search && e.Model == model && e.JobId is not null))
            done[e.JobId!] = e;
        foreach (FinalCase c in _cases.Values.ToArray())
        {
            if (done.TryGetValue(JobOf(c.Key), out StructureRelaxed? relaxed))
            {
                _cases[c.Key] = c with { Relaxed = relaxed };
                continue;
            }
            _relaxing++;
            tell(Target.Population, new FinalRelaxation(c.Key, c.Root, c.Start, c.KeepSymmetry, c.Lineage));
        }
        log($"final stage: {_cases.Count} structures and parents of higher symmetry are relaxed with model {model}");
        if (_relaxing == 0)
            Choose();
    }

    private string JobOf(string key) => $"final-{key}-v{_model}";

    public void OnRelaxed(StructureRelaxed e)
    {
        string? key = _cases.Keys.FirstOrDefault(k => JobOf(k) == e.JobId);
        if (key is null || _cases[key].Relaxed is not null)
            return;
        _cases[key] = _cases[key] with { Relaxed = e };
        if (--_relaxing == 0)
            Choose();
    }

    /// <summary>All relaxed: DFT for the best, SSCHA for the best families.</summary>
    private void Choose()
    {
        SearchSettings search = SearchPlanning.SearchOf(run);
        IReadOnlyList<FinalForm> forms = FinalTable.Merged(FinalTable.Distinct(_cases.Values, search.DuplicateDistance), search.NicheRadius);
        List<FinalCase> sscha = last && forms.Count > 0
            ? [.. FinalTable.ForSscha(forms, run.Sscha.WindowMeV / 1000, search.NicheRadius, run.Sscha.Candidates).Select(f => f.Case)]
            : [];
        List<FinalCase> table = [.. forms.Select(f => f.Case).Take(Math.Max(5, labels)).Concat(sscha).DistinctBy(c => c.Key)];
        foreach (FinalCase c in table)
        {
            _cases[c.Key] = c;
            _table.Add(c.Key);
        }
        int index = 0;
        foreach (FinalCase c in table.OrderByDescending(c => sscha.Any(s => s.Key == c.Key)).ThenBy(c => c.Enthalpy))
        {
            if (index >= labels || c.Relaxed!.Crystal!.Count > 4 * run.Labels.MaxAtoms)
            {
                _cases[c.Key] = c with { Remark = index >= labels ? "no label was left for it" : "too large for a label" };
                continue;
            }
            index++;
            _labelling++;
            _cases[c.Key] = c with { LabelAsked = true };
            tell(Target.Labeling, new LabelWanted(LabelPlanner.SmallestCell(c.Relaxed.Crystal), $"final {c.Key}", LabelPurpose.Final, CaseFlag + (ulong)_table.IndexOf(c.Key)));
        }
        foreach (FinalCase c in sscha)
        {
            _sschaAsked.Add(c.Key);
            tell(Target.Ensembles, new FreeEnergyWanted(c.Root, c.Relaxed!.Crystal!, Final: true));
        }
        Check();
    }

    public void OnLabel(WantedLabel label)
    {
        if (label.Purpose == LabelPurpose.Ensemble)
        {
            OnConfiguration(label);
            return;
        }
        int index = (int)(label.Source & 0xFFFF);
        if ((label.Source & CaseFlag) == 0 || index >= _table.Count || _cases[_table[index]] is not { LabelAsked: true, Labelled: false } c)
            return;
        _labelling--;
        if (label.Found is { } dft)
        {
            _cases[c.Key] = c with { Labelled = true, DftEnthalpy = dft.EnthalpyPerAtom, DftPressure = dft.PressureGPa, DftForce = dft.MaxForce };
            log(FormattableString.Invariant($"{c.Key}: H(model) - H(DFT) = {1000 * (c.Enthalpy - dft.EnthalpyPerAtom):F1} meV/atom, P(DFT) = {dft.PressureGPa:F1} GPa, largest DFT force {dft.MaxForce:F3} eV/Å"));
        }
        else
        {
            _cases[c.Key] = c with { Labelled = true, Remark = label.Reason };
        }
        Check();
    }

    public void OnFreeEnergy(FreeEnergyDone done)
    {
        string? key = _sschaAsked.FirstOrDefault(k => !_sscha.ContainsKey(k) && _cases[k].Root == done.Structure && ReferenceEquals(_cases[k].Relaxed!.Crystal, done.Cell));
        if (key is null)
            return;
        _sscha[key] = done;
        _cases[key] = _cases[key] with { Sscha = done.Result };
        if (done.Full is null)
            remarks.Add($"the SSCHA of {key} failed: {done.Result.State}");
        else if (_sscha.Values.Count(s => s.Full is not null) == 1)
            AskChecks(key, done.Full);
        Check();
    }

    /// <summary>DFT on a random part of the ensemble: F = F_model + &lt;V_DFT - V_model&gt;.</summary>
    private void AskChecks(string key, SschaResult full)
    {
        int size = full.Ensemble.Supercell.Count;
        if (run.Labels.Ensemble <= 0)
            return;
        if (size > 2 * run.Labels.MaxAtoms)
        {
            remarks.Add($"the ensemble of {key} was not checked by DFT: its {size} atoms are more than twice labels.max-atoms ({run.Labels.MaxAtoms})");
            return;
        }
        foreach (int i in full.Ensemble.RandomSubset(run.Labels.Ensemble, run.Seed))
        {
            ulong source = ConfigurationFlag + (ulong)i;
            _configurations[source] = (key, i);
            _checking++;
            tell(Target.Labeling, new LabelWanted(full.Ensemble.Configuration(i), $"ensemble of {key}, configuration {i}", LabelPurpose.Ensemble, source));
        }
    }

    private void OnConfiguration(WantedLabel label)
    {
        if (!_configurations.Remove(label.Source, out (string Case, int Index) c))
            return;
        _checking--;
        if (label.Found?.Label is { } dft)
            _checked[c.Index] = new PotentialResult(dft.Energy, dft.Forces, dft.Stress);
        if (_checking == 0 && _cases[c.Case].Sscha is FreeEnergy f && _sscha[c.Case].Full is SschaResult full)
            Correct(c.Case, f, full);
        Check();
    }

    private void Correct(string key, FreeEnergy f, SschaResult full)
    {
        try
        {
            FirstPrinciplesCorrection correction = FirstPrinciplesCorrection.Of(full, _checked);
            int atoms = full.Cell.Count;
            _cases[key] = _cases[key] with
            {
                Sscha = f with { DftCorrection = correction.Shift.Value / atoms, DftCorrectionError = correction.Shift.Error / atoms, DftConfigurations = correction.Labels },
            };
            log($"{key}: {correction.Summary}");
            remarks.AddRange(correction.Remarks.Select(r => $"{key}: {r}"));
        }
        catch (SschaException refused)
        {
            remarks.Add($"the ensemble of {key} was not corrected by DFT: {refused.Message}");
        }
    }

    private void Check() => Over = _relaxing == 0 && _labelling == 0 && _checking == 0 && _sscha.Count == _sschaAsked.Count;

    public (ImmutableArray<RankedStructure> Rows, ImmutableDictionary<string, Crystal> Crystals) Table() =>
        FinalTable.Rows(_table.Select(k => _cases[k]), SearchPlanning.SearchOf(run).Formula);
}
