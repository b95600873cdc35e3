using System.Text.Json;
using Csp.Actors.Runs;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Runs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;

namespace Csp.Host.Reports;

/// <summary>What a run folder tells: results (or the best so far while it runs), models, labels.</summary>
public static class RunReport
{
    /// <param name="folder">The run.</param>
    /// <param name="status">Of its host while it runs, or null.</param>
    public static ReportDocument Of(RunFolder folder, RunStatus? status)
    {
        (string formula, double pressureGPa) = RunConfiguration.SubjectOf(SettingsSource.FromFile(folder.Configuration));
        ReportDocument report = new(Text($"{formula} at {pressureGPa:0.###} GPa ({folder.Name})"));
        Structures(report, folder, status);
        Models(report, folder);
        Labels(report, folder, pressureGPa);
        return report;
    }

    /// <summary>The results of a finished run, or null.</summary>
    public static RunResults? Results(RunFolder folder) =>
        File.Exists(folder.Results) ? JsonSerializer.Deserialize<RunResults>(File.ReadAllText(folder.Results), JsonText.Options) : null;

    private static void Structures(ReportDocument report, RunFolder folder, RunStatus? status)
    {
        if (status is not null)
        {
            report.Heading("Best structures so far");
            report.Paragraph($"{StatusText.Head(status)}. Structures: {StatusText.Structures(status)}. Labels: {StatusText.Labels(status)}. Model: {StatusText.Model(status)}.");
            report.Table(["rank", "id", "space group", "atoms", "H model eV/atom", "H DFT eV/atom", "SSCHA eV/atom", "origin"], [.. status.Best.Take(20).Select((r, i) => (IReadOnlyList<string>)
            [
                Text($"{i + 1}"), r.Id, r.SpaceGroup, Text($"{r.Atoms}"), Text($"{r.EnthalpyModel:0.0000}"), r.EnthalpyDft is double h ? Text($"{h:0.0000}") : "-",
                ResultTable.FreeEnergyOf(r.Sscha), r.Origin,
            ])]);
            return;
        }
        report.Heading("Results");
        if (Results(folder) is not RunResults results)
        {
            report.Paragraph("The run has not finished: there are no results yet.");
            return;
        }
        report.Paragraph(Text($"{results.Labels.Done} labels ({results.Labels.FromStore} from the store, {results.Labels.Failed} failed), {results.Search.Relaxed} structures relaxed, {results.Search.Rejected} rejected, {StatusText.Clock(TimeSpan.FromSeconds(results.ElapsedSeconds))}."));
        report.Table(ResultTable.Heads, ResultTable.Rows(results));
        foreach (string remark in results.Remarks)
            report.Paragraph(remark);
        ResultRow[] compared = [.. results.Structures.Where(s => s.EnthalpyDft is not null)];
        if (compared.Length > 1)
        {
            SvgPlot plot = new("enthalpy above the best by DFT, meV/atom", "by the model, meV/atom");
            double best = compared.Min(c => c.EnthalpyDft!.Value), bestModel = compared.MinBy(c => c.EnthalpyDft)!.EnthalpyModel;
            plot.Add("structures", compared.Select(c => (1000 * (c.EnthalpyDft!.Value - best), 1000 * (c.EnthalpyModel - bestModel))));
            report.Plot("model-dft", plot);
        }
    }

    private static void Models(ReportDocument report, RunFolder folder)
    {
        var models = Directory.Exists(folder.Models)
            ? Directory.EnumerateFiles(folder.Models, "*.model").Order(StringComparer.Ordinal).Select(f => (Name: Path.GetFileNameWithoutExtension(f), PotentialFile.Info(f).Provenance)).ToArray()
            : [];
        var trained = models.Where(m => m.Provenance is not null).Select(m => (m.Name, Provenance: m.Provenance!)).ToArray();
        if (trained.Length == 0)
            return;
        report.Heading("Models");
        report.Table(["model", "trained on", "held out", "E MAE meV/atom", "F MAE eV/Å", "stress MAE GPa"], [.. trained.Select(m => (IReadOnlyList<string>)
        [
            m.Name, Text($"{m.Provenance.TrainingStructures}"), Text($"{m.Provenance.HoldOutStructures}"), Text($"{m.Provenance.HoldOut.EnergyMaeMev:0.0}"),
            Text($"{m.Provenance.HoldOut.ForceMae:0.000}"), Text($"{m.Provenance.HoldOut.StressMaeGPa:0.00}"),
        ])]);
        SvgPlot plot = new("structures trained on", "hold-out energy error, meV/atom");
        plot.Add("MAE", trained.Where(m => double.IsFinite(m.Provenance.HoldOut.EnergyMaeMev)).Select(m => ((double)m.Provenance.TrainingStructures, m.Provenance.HoldOut.EnergyMaeMev)), line: true);
        report.Plot("models", plot);
    }

    private static void Labels(ReportDocument report, RunFolder folder, double pressureGPa)
    {
        Label[] labels = [.. new LabelStore(RunJournal.LabelsOf(folder.Root)).All()];
        if (labels.Length == 0)
            return;
        double perEv = pressureGPa / Units.EvPerCubicAngstromInGPa;
        (double Volume, double Enthalpy)[] points = [.. labels.Select(l => (l.Crystal.Volume / l.Crystal.Count, (l.Energy + perEv * l.Crystal.Volume) / l.Crystal.Count))];
        double best = points.Min(p => p.Enthalpy);
        report.Heading("Labels");
        report.Paragraph(Text($"{labels.Length} labels, {labels.Sum(l => l.Crystal.Count)} atoms, {labels.Sum(l => l.Provenance.WallSeconds):0} s of DFT wall time."));
        SvgPlot plot = new("volume, Å^3/atom", "enthalpy above the best label, eV/atom");
        plot.Add("labels", points.Select(p => (p.Volume, p.Enthalpy - best)));
        report.Plot("labels", plot);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
