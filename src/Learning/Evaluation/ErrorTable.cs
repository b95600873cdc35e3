using System.Globalization;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Evaluation;

/// <summary>Errors of a potential over a group of labelled structures.</summary>
/// <param name="Group">E.g. <c>all</c>, <c>50 to 100 GPa</c>, <c>H3S</c>.</param>
/// <param name="Errors">Of energies, forces and stresses.</param>
public sealed record ErrorRow(string Group, TrainingErrors Errors);

/// <summary>Errors of predictions against the labels that structures carry, over everything and by pressure and composition.</summary>
public static class ErrorTable
{
    /// <summary>Errors over all structures; a structure counts for those of energy, forces and stress that it has.</summary>
    public static TrainingErrors Of(IEnumerable<(Frame Label, PotentialResult Answer)> pairs)
    {
        int structures = 0;
        List<double> energies = [], forces = [], stresses = [];
        foreach ((Frame label, PotentialResult answer) in pairs)
        {
            structures++;
            if (label.Energy is double energy)
                energies.Add(1000 * (answer.Energy - energy) / label.Crystal.Count);
            for (int i = 0; label.Forces is double[] f && i < f.Length; i++)
                forces.Add(answer.Forces[i] - f[i]);
            if (label.Stress is Mat3 stress)
                stresses.AddRange((Units.EvPerCubicAngstromInGPa * (answer.Stress - stress)).ToArray());
        }
        return new TrainingErrors(structures, Mean(energies), Root(energies), Mean(forces), Root(forces), Mean(stresses), Root(stresses));
    }

    /// <summary>One row for all, then one per composition (reduced formula) where there are several, then one per window of pressure.</summary>
    /// <param name="frames">Labels.</param>
    /// <param name="answers">Predictions, in the same order.</param>
    /// <param name="windowGPa">Width of the pressure windows; the pressure of a structure is that of its label, or of the prediction where it has no stress.</param>
    public static IReadOnlyList<ErrorRow> Rows(IReadOnlyList<Frame> frames, IReadOnlyList<PotentialResult> answers, double windowGPa = 50)
    {
        (Frame Label, PotentialResult Answer)[] pairs = [.. frames.Zip(answers)];
        List<ErrorRow> rows = [new("all", Of(pairs))];
        var compositions = pairs.GroupBy(p => p.Label.Crystal.Composition.Reduced).OrderBy(g => g.Key.ToString(), StringComparer.Ordinal).ToArray();
        if (compositions.Length > 1)
            rows.AddRange(compositions.Select(g => new ErrorRow(g.Key.ToString(), Of(g))));
        var windows = pairs.GroupBy(p => (int)Math.Floor(PressureGPa(p.Label, p.Answer) / windowGPa)).OrderBy(g => g.Key).ToArray();
        if (windows.Length > 1)
            rows.AddRange(windows.Select(g => new ErrorRow(string.Create(CultureInfo.InvariantCulture, $"{g.Key * windowGPa:0.#} to {(g.Key + 1) * windowGPa:0.#} GPa"), Of(g))));
        return rows;
    }

    private static double PressureGPa(Frame label, PotentialResult answer) =>
        label.Stress is Mat3 stress ? -stress.Trace / 3 * Units.EvPerCubicAngstromInGPa : answer.PressureGPa;

    private static double Mean(List<double> differences) => differences.Count == 0 ? double.NaN : differences.Average(Math.Abs);

    private static double Root(List<double> differences) => differences.Count == 0 ? double.NaN : Math.Sqrt(differences.Average(d => d * d));
}
