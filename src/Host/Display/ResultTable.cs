using Csp.Actors.Runs;
using Csp.Host.Runs;

namespace Csp.Host.Display;

/// <summary>The table at the end of a run.</summary>
public static class ResultTable
{
    public static IReadOnlyList<string> Heads { get; } =
        ["rank", "id", "space group", "cell", "a b c / Å", "V / Å^3 f.u.", "H model eV/atom", "H DFT eV/atom", "difference meV/atom", "SSCHA F+PV eV/atom", "DFT - model meV/atom", "stable"];

    public static string Format(RunResults results, int rows = int.MaxValue) => TextTable.Format(Heads, [.. Rows(results).Take(rows)]);

    public static IReadOnlyList<IReadOnlyList<string>> Rows(RunResults results) => [.. results.Structures.Select(r => (IReadOnlyList<string>)
    [
        Invariant($"{r.Rank}"), r.Id, SpaceGroupOf(r), r.Formula, Invariant($"{r.A:0.000} {r.B:0.000} {r.C:0.000}"), Invariant($"{r.VolumePerFormulaUnit:0.00}"),
        Invariant($"{r.EnthalpyModel:0.0000}"), r.EnthalpyDft is double h ? Invariant($"{h:0.0000}") : "-",
        r.DifferenceMeV is double d ? Invariant($"{d:+0.0;-0.0}") : "-", FreeEnergyOf(r.Sscha), CorrectionOf(r.Sscha), StableOf(r.Sscha),
    ])];

    /// <summary>e.g. <c>Im-3m (R3m, I4mm)</c>: in brackets the distorted forms that are the same within the resolution of the labels.</summary>
    private static string SpaceGroupOf(ResultRow row) =>
        row.Variants.IsEmpty ? row.SpaceGroup : $"{row.SpaceGroup} ({string.Join(", ", row.Variants.Select(v => v.SpaceGroup).Distinct())})";

    /// <summary>e.g. <c>-12.3456 ± 0.0003</c>, with the space group in front where it differs.</summary>
    public static string FreeEnergyOf(FreeEnergy? f) => f switch
    {
        null => "-",
        { PerAtom: double perAtom, Error: double error } => Invariant($"{perAtom:0.0000} ± {error:0.0000}") + (f.SpaceGroup.Length > 0 ? $" ({f.SpaceGroup})" : ""),
        _ => f.State,
    };

    /// <summary>Mean of V_DFT - V_model over the checked members of the ensemble, to be added to F, e.g. <c>+0.8 ± 0.5 (6)</c>.</summary>
    public static string CorrectionOf(FreeEnergy? f) => f is { DftCorrection: double mean, DftCorrectionError: double error }
        ? Invariant($"{1000 * mean:+0.0;-0.0} ± {1000 * error:0.0} ({f.DftConfigurations})")
        : "-";

    public static string StableOf(FreeEnergy? f) => f?.Stable switch
    {
        true => f.LowestFrequency is double w ? Invariant($"yes ({w:0} cm^-1)") : "yes",
        false => f.LowestFrequency is double w ? Invariant($"no ({w:0} cm^-1)") : "no",
        null => "-",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
