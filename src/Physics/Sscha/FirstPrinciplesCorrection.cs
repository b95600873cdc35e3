using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>
/// What reference calculations (DFT) on a random subset of an ensemble say about a free energy that was computed with a model:
/// F = F_model + ⟨V_DFT - V_model⟩, first order in the difference and exact when the trial state is also DFT's; where the labels suffice, also the gradient, the
/// stress, the trial state minimised anew, and the free-energy Hessian. Energies in eV per unit cell where nothing else is said.
/// </summary>
/// <param name="Labels">Configurations with a reference energy.</param>
/// <param name="EffectiveLabels">Kong-Liu size of the subset under the final trial state.</param>
/// <param name="Shift">⟨V_DFT - V_model⟩ with its standard error, eV per cell.</param>
/// <param name="FreeEnergy">Corrected free energy; its error holds both parts.</param>
/// <param name="SpreadPerAtom">Standard deviation of V_DFT - V_model over single configurations about its mean, meV per atom.</param>
/// <param name="MeanErrorPerAtom">Standard error of its ensemble average, meV per atom: what is left of the spread after averaging.</param>
/// <param name="Gradient">Symmetrised gradient of the reference potential at the model's trial state, Ry/bohr^2: Φ - g is its next Φ.</param>
/// <param name="GradientNoise">Norm that statistical noise alone would give the gradient, Ry/bohr^2; null below 8 labels.</param>
/// <param name="PressureGPa">Symmetrised pressure tensor of the reference potential at the model's trial state.</param>
/// <param name="PressureErrorGPa">Standard error of each element.</param>
public sealed record FirstPrinciplesCorrection(
    int Labels, double EffectiveLabels, Estimate Shift, Estimate FreeEnergy, double SpreadPerAtom, double MeanErrorPerAtom, BlochMatrix Gradient, double? GradientNoise,
    Mat3 PressureGPa, Mat3 PressureErrorGPa)
{
    private const int FewestForHessian = 24;
    private const int HessianParts = 6;

    /// <summary>A minimisation needs this many effective labels at its end.</summary>
    private const int FewestEffective = 8;

    /// <summary>Norm of the symmetrised gradient over its own noise; clearly above 1, the trial state itself would change.</summary>
    public double? GradientShiftOverError => GradientNoise is double noise ? Gradient.Norm / (noise + 1e-300) : null;

    /// <summary>⟨P_DFT⟩ with its error.</summary>
    public Estimate Pressure => new(PressureGPa.Trace / 3, Math.Sqrt(Enumerable.Range(0, 3).Sum(i => PressureErrorGPa[i, i] * PressureErrorGPa[i, i])) / 3);

    /// <summary>The trial state minimised on the labels, with the model's averages as known; null where they do not suffice.</summary>
    public CorrectedTrialState? Minimized { get; private init; }

    /// <summary>Lowest frequency of the corrected free-energy Hessian with its error, cm^-1, negative = imaginary; null where the labels do not suffice.</summary>
    public Estimate? LowestHessianFrequency { get; private init; }

    /// <summary>The corrected free-energy Hessian, Ry/bohr^2.</summary>
    public BlochMatrix? Hessian { get; private init; }

    /// <summary>What the labels do not suffice for, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; private init; } = [];

    /// <summary>The number that the averaging argument is about, in one line.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"model against reference on {Labels} configurations: {SpreadPerAtom:0.00} meV/atom for one configuration about the mean difference, {MeanErrorPerAtom:0.00} meV/atom for the ensemble average");

    /// <param name="result">A finished calculation.</param>
    /// <param name="labels">By index of the configuration in <see cref="SschaResult.Ensemble"/>; at least 4.</param>
    /// <exception cref="SschaException">Too few labels, an index outside of the ensemble, a label of another structure, or a number that is not finite.</exception>
    public static FirstPrinciplesCorrection Of(SschaResult result, IReadOnlyDictionary<int, PotentialResult> labels)
    {
        LabelledSubset subset = LabelledSubset.Of(result, labels);
        SschaConstants c = SschaConstants.Default;
        double perCell = c.RydbergInEv / result.ForceConstants.Basis.Cells;
        Reweighting here = new(subset.Reference, subset.State);
        double[] weights = here.Weights, differences = subset.Reference.RestEnergies;
        Estimate shift = Estimate.Ratio(weights, differences);
        int n = labels.Count;
        double variance = weights.Zip(differences, (w, e) => w * (e - shift.Value) * (e - shift.Value)).Sum() / here.WeightSum * n / (n - 1);
        double perAtom = 1000 * c.RydbergInEv / result.Ensemble.Supercell.Count;
        Estimate shiftEv = new(shift.Value * perCell, shift.Error * perCell);
        (Mat3 stress, Mat3 stressError) = new Observables(here).Stress();
        List<string> remarks = [];
        CorrectedTrialState? minimized = Minimise(result, subset, perCell, shiftEv.Error, remarks);
        (BlochMatrix Matrix, Estimate Lowest)? hessian = HessianOf(subset, here, remarks);
        return new FirstPrinciplesCorrection(
            n, here.KongLiu, shiftEv, new Estimate(result.FreeEnergyEv + shiftEv.Value, Estimate.Quadrature(result.FreeEnergyErrorEv, shiftEv.Error)),
            Math.Sqrt(variance) * perAtom, shift.Error * perAtom,
            subset.Symmetry.Symmetrize(here.Gradient, acousticSumRule: true), Noise(here, subset.Symmetry),
            c.RydbergPerCubicBohrInGPa * subset.Symmetry.Symmetrize(stress), c.RydbergPerCubicBohrInGPa * subset.Symmetry.SymmetrizeError(stressError))
        {
            Minimized = minimized,
            Hessian = hessian?.Matrix,
            LowestHessianFrequency = hessian?.Lowest,
            Remarks = remarks,
        };
    }

    /// <summary>What noise alone would give the norm of the gradient, from splitting the labels.</summary>
    private static double? Noise(Reweighting here, CrystalSymmetry symmetry)
    {
        int parts = Math.Min(10, here.Ensemble.Count / 2);
        if (here.Ensemble.Count < 8)
            return null;
        BlochMatrix[] pieces = [.. Enumerable.Range(0, parts).Select(p => symmetry.Symmetrize(here.Part(p, parts, without: false).Gradient, acousticSumRule: true))];
        BlochMatrix mean = 1.0 / parts * pieces.Aggregate((a, b) => a + b);
        return Math.Sqrt(pieces.Sum(p => Math.Pow((p - mean).Norm, 2)) / (parts - 1) / parts);
    }

    private static CorrectedTrialState? Minimise(SschaResult result, LabelledSubset subset, double perCell, double shiftError, List<string> remarks)
    {
        string? problem = null;
        try
        {
            MinimizerSettings settings = new() { GradientTolerance = 1e-7, CentroidTolerance = 1e-6 };
            MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(subset.Reference, subset.State, subset.Symmetry, settings);
            if (minimum.Converged && minimum.Last.KongLiu >= FewestEffective)
            {
                // Against the same sum at the model's own state, so that the noise of the model's ensemble cancels.
                double before = new Observables(new Reweighting(subset.All, subset.State)).FreeEnergy.Value, after = new Observables(minimum.Last).FreeEnergy.Value;
                return CorrectedTrialState.Of(
                    result, subset, minimum.Last, new Estimate(result.FreeEnergyEv + perCell * (after - before), Estimate.Quadrature(result.FreeEnergyErrorEv, shiftError)));
            }
            problem = minimum.Converged
                ? string.Create(CultureInfo.InvariantCulture, $"only {minimum.Last.KongLiu:F1} of them still count at the minimum")
                : "the minimisation on them leaves the region where they count";
        }
        catch (SschaException refused)
        {
            problem = refused.Message;
        }
        remarks.Add($"{subset.Reference.Count} labels do not suffice to minimise the trial state: {problem}");
        return null;
    }

    /// <summary>H_model + H(labels) - H(model on the labelled configurations) - g, third order, where Φ - g is the labels' next Φ; error by leaving out parts of the labels.</summary>
    private static (BlochMatrix, Estimate)? HessianOf(LabelledSubset subset, Reweighting here, List<string> remarks)
    {
        int count = subset.Reference.Count;
        if (count < FewestForHessian)
        {
            remarks.Add($"{count} labels do not suffice for the free-energy Hessian, which needs {FewestForHessian}");
            return null;
        }
        Reweighting reference = new(subset.Reference.With(null), subset.State), model = new(subset.Model, subset.State);
        BlochMatrix whole = Third(new Reweighting(subset.All, subset.State));
        BlochMatrix Third(Reweighting r) => FreeEnergyHessian.Of(r, subset.Symmetry, fourthOrder: false).Matrix;
        double Lowest(BlochMatrix h)
        {
            double square = ModeBlock.Of(h, subset.State.Masses).Where(b => b.Count > 0).Min(b => b.Squares[0]);
            return Math.Sign(square) * Math.Sqrt(Math.Abs(square)) * subset.State.Constants.RydbergInInverseCm;
        }
        BlochMatrix Corrected(Reweighting labels, Reweighting same, Reweighting gradient) =>
            whole + (Third(labels) - Third(same)) - subset.Symmetry.Symmetrize(gradient.Gradient, acousticSumRule: true);
        BlochMatrix corrected = Corrected(reference, model, here);
        double[] without = [.. Enumerable.Range(0, HessianParts).Select(part =>
            Lowest(Corrected(Left(reference, part), Left(model, part), Left(here, part))))];
        Reweighting Left(Reweighting all, int part) => all.Part(part, HessianParts, without: true);
        double mean = without.Average();
        return (corrected, new Estimate(Lowest(corrected), Math.Sqrt((HessianParts - 1.0) / HessianParts * without.Sum(v => (v - mean) * (v - mean)))));
    }
}

/// <summary>The minimum of the reference potential's free energy as the labels see it.</summary>
/// <param name="FreeEnergy">eV per cell.</param>
/// <param name="Cell">Atoms at the centroids.</param>
/// <param name="ForceConstants">Ry/bohr^2.</param>
/// <param name="AuxiliaryFrequencies">cm^-1, shape [q][3n], ascending.</param>
/// <param name="PressureGPa">Symmetrised pressure tensor.</param>
/// <param name="PressureErrorGPa">Standard error of each element.</param>
/// <param name="EffectiveLabels">Labels that still count there.</param>
public sealed record CorrectedTrialState(
    Estimate FreeEnergy, Crystal Cell, BlochMatrix ForceConstants, double[][] AuxiliaryFrequencies, Mat3 PressureGPa, Mat3 PressureErrorGPa, double EffectiveLabels)
{
    internal static CorrectedTrialState Of(SschaResult result, LabelledSubset subset, Reweighting minimum, Estimate freeEnergy)
    {
        SschaConstants c = minimum.State.Constants;
        (Mat3 stress, Mat3 error) = new Observables(minimum).Stress();
        return new CorrectedTrialState(
            freeEnergy,
            Crystal.FromCartesian(result.Cell.Lattice, result.Cell.Elements, Array.ConvertAll(minimum.State.Centroids, x => x / c.AngstromInBohr)),
            minimum.State.Phi,
            [.. BlochFrequencies.Of(minimum.State.Phi, result.Masses).Select(f => Array.ConvertAll(f, w => w * c.RydbergInInverseCm))],
            c.RydbergPerCubicBohrInGPa * subset.Symmetry.Symmetrize(stress), c.RydbergPerCubicBohrInGPa * subset.Symmetry.SymmetrizeError(error), minimum.KongLiu);
    }
}
