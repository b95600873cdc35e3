using System.Globalization;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Phonons;
using Csp.Physics.Sscha;

namespace Csp.Host.Commands;

/// <summary>An <see cref="SschaResult"/> as numbers for people and files. Energies eV per cell, frequencies cm^-1, pressures GPa.</summary>
public sealed record SschaReport
{
    public required string Model { get; init; }

    public required string Formula { get; init; }

    public required int Atoms { get; init; }

    public required int[] Supercell { get; init; }

    public required double TemperatureK { get; init; }

    public required double FreeEnergyEv { get; init; }

    public required double FreeEnergyErrorEv { get; init; }

    public required double? GibbsEv { get; init; }

    public required double StaticEnergyEv { get; init; }

    public required double EntropyEvPerK { get; init; }

    public required double PressureGPa { get; init; }

    public required double PressureErrorGPa { get; init; }

    public required double[][] PressureTensorGPa { get; init; }

    public required double[][] QPoints { get; init; }

    public required double[][] AuxiliaryFrequencies { get; init; }

    public required double[][]? HessianFrequencies { get; init; }

    public required double? LowestHessianFrequency { get; init; }

    public required double? LowestHessianFrequencyError { get; init; }

    public required bool? Stable { get; init; }

    public required double? StabilityMargin { get; init; }

    public required int Populations { get; init; }

    public required int Evaluations { get; init; }

    public required bool Converged { get; init; }

    public required double Seconds { get; init; }

    public static SschaReport Of(SschaResult r, string model, double seconds) => new()
    {
        Model = model,
        Formula = r.Cell.Composition.ToString(),
        Atoms = r.Cell.Count,
        Supercell = [r.Supercell.A, r.Supercell.B, r.Supercell.C],
        TemperatureK = r.TemperatureK,
        FreeEnergyEv = r.FreeEnergyEv,
        FreeEnergyErrorEv = r.FreeEnergyErrorEv,
        GibbsEv = r.GibbsEv,
        StaticEnergyEv = r.StaticEnergyEv,
        EntropyEvPerK = r.EntropyEvPerK,
        PressureGPa = r.PressureGPa.Trace / 3,
        PressureErrorGPa = r.PressureErrorGPa.Trace / 3,
        PressureTensorGPa = [.. Enumerable.Range(0, 3).Select(i => new[] { r.PressureGPa[i, 0], r.PressureGPa[i, 1], r.PressureGPa[i, 2] })],
        QPoints = [.. r.QPoints.Select(q => new[] { q.X, q.Y, q.Z })],
        AuxiliaryFrequencies = r.AuxiliaryFrequencies,
        HessianFrequencies = r.HessianFrequencies,
        LowestHessianFrequency = r.LowestHessianFrequency,
        LowestHessianFrequencyError = r.LowestHessianFrequencyError,
        Stable = r.Stable,
        StabilityMargin = r.StabilityMargin,
        Populations = r.Populations,
        Evaluations = r.Evaluations,
        Converged = r.Converged,
        Seconds = seconds,
    };

    public string Text()
    {
        string gibbs = GibbsEv is double g ? Line($"G = F + PV   {g:0.000000} eV/cell") : "";
        string hessian = LowestHessianFrequency is double w
            ? Line($"stability    {(Stable == true ? "stable" : "unstable")}: lowest Hessian frequency {w:0.0} ± {LowestHessianFrequencyError ?? double.NaN:0.0} cm^-1") : "";
        return Line($"{Formula}, {Supercell[0]}x{Supercell[1]}x{Supercell[2]}, {TemperatureK:0.###} K, {Model}")
            + Line($"F            {FreeEnergyEv:0.000000} ± {FreeEnergyErrorEv:0.000000} eV/cell ({FreeEnergyEv / Atoms:0.000000} ± {FreeEnergyErrorEv / Atoms:0.000000} eV/atom)")
            + gibbs
            + Line($"static       {StaticEnergyEv:0.000000} eV/cell")
            + Line($"pressure     {PressureGPa:0.00} ± {PressureErrorGPa:0.00} GPa")
            + Line($"auxiliary    {Lowest():0.0} to {AuxiliaryFrequencies.Max(q => q.Max()):0.0} cm^-1")
            + hessian
            + Line($"{(Converged ? "converged" : "not converged")} in {Populations} populations, {Evaluations} evaluations, {Seconds:0.0} s").TrimEnd('\n');
    }

    /// <summary>sscha.json, centroids.extxyz, ensemble.extxyz, dynamical matrices (Quantum ESPRESSO) and band plots.</summary>
    public void Write(string folder, SschaResult result)
    {
        File.WriteAllText(Path.Combine(folder, "sscha.json"), JsonText.Of(this) + "\n");
        StructureFile.Write(Path.Combine(folder, "centroids.extxyz"), [new Frame(result.Cell)]);
        result.DynamicalMatrices().Write(Path.Combine(folder, "dyn_auxiliary_"));
        BandFiles.Write(Path.Combine(folder, "bands_auxiliary"), result.AuxiliaryBands());
        if (result.HessianBands() is BandStructure hessian)
        {
            result.DynamicalMatrices(hessian: true).Write(Path.Combine(folder, "dyn_hessian_"));
            BandFiles.Write(Path.Combine(folder, "bands_hessian"), hessian);
        }
        SschaEnsemble e = result.Ensemble;
        int n3 = 3 * e.Supercell.Count;
        StructureFile.Write(Path.Combine(folder, "ensemble.extxyz"), Enumerable.Range(0, e.Count).Select(i => new Frame(
            e.Configuration(i), e.Forces.Energies[i], e.Forces.Forces[(i * n3)..((i + 1) * n3)], Matrix(e.Forces.Stresses.AsSpan(9 * i, 9)))
            .With("weight", e.Weights[i].ToString("R", CultureInfo.InvariantCulture))));
    }

    /// <summary>Lowest auxiliary frequency that is no translation: at q = 0 the three smallest are left out.</summary>
    private double Lowest() => AuxiliaryFrequencies
        .SelectMany((w, q) => QPoints[q].All(x => Math.Abs(x) < 1e-9) ? w.OrderBy(Math.Abs).Skip(3) : w)
        .DefaultIfEmpty(double.NaN).Min();

    private static Mat3 Matrix(ReadOnlySpan<double> s) => new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);

    private static string Line(FormattableString text) => FormattableString.Invariant(text) + "\n";
}
