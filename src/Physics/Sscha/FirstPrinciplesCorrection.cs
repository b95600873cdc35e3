using System.Globalization;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>
/// What reference calculations (DFT) on a random subset of an ensemble say about a free energy that was computed with a model:
/// F = F_model + ⟨V_DFT - V_model⟩, first order in the difference and exact when the trial state is also DFT's.
/// Energies in eV per unit cell where nothing else is said.
/// </summary>
/// <param name="Labels">Configurations with a reference energy.</param>
/// <param name="EffectiveLabels">Kong-Liu size of the subset under the final trial state.</param>
/// <param name="Shift">⟨V_DFT - V_model⟩ with its standard error, eV per cell.</param>
/// <param name="FreeEnergy">Corrected free energy; its error holds both parts.</param>
/// <param name="SpreadPerAtom">Standard deviation of V_DFT - V_model over single configurations about its mean, meV per atom.</param>
/// <param name="MeanErrorPerAtom">Standard error of its ensemble average, meV per atom: what is left of the spread after averaging.</param>
/// <param name="GradientShiftOverError">Norm of the symmetrised gradient of the difference over its own noise; clearly above 1, the trial state itself would change.</param>
/// <param name="PressureShiftGPa">⟨P_DFT - P_model⟩ with its error, the term -⟨(f_DFT - f_model)·u⟩/3V included.</param>
public sealed record FirstPrinciplesCorrection(
    int Labels, double EffectiveLabels, Estimate Shift, Estimate FreeEnergy, double SpreadPerAtom, double MeanErrorPerAtom, double? GradientShiftOverError,
    Estimate PressureShiftGPa)
{
    /// <param name="result">A finished calculation.</param>
    /// <param name="labels">By index of the configuration in <see cref="SschaResult.Ensemble"/>; at least 4.</param>
    /// <exception cref="SschaException">Too few labels, an index outside of the ensemble, a label of another structure, or a number that is not finite.</exception>
    public static FirstPrinciplesCorrection Of(SschaResult result, IReadOnlyDictionary<int, PotentialResult> labels)
    {
        SschaEnsemble ensemble = result.Ensemble;
        int n = 3 * ensemble.Supercell.Count, cells = result.Supercell.A * result.Supercell.B * result.Supercell.C;
        if (labels.Count < 4)
            throw new SschaException($"a correction with an error bar needs at least 4 labels, not {labels.Count}");
        int[] indices = [.. labels.Keys.Order()];
        double[] weights = new double[indices.Length], energies = new double[indices.Length], pressures = new double[indices.Length];
        double[] displacements = new double[indices.Length * n], forces = new double[indices.Length * n];
        double[] centroids = ensemble.Supercell.Cartesian();
        for (int k = 0; k < indices.Length; k++)
        {
            int i = indices[k];
            PotentialResult label = labels[i];
            if (i < 0 || i >= ensemble.Count)
                throw new SschaException($"label {i} does not belong to the ensemble of {ensemble.Count} configurations");
            if (label.Forces.Length != n)
                throw new SschaException(string.Create(CultureInfo.InvariantCulture, $"the label of configuration {i + 1} has {label.Forces.Length / 3} atoms, and the supercell has {n / 3}"));
            weights[k] = ensemble.Weights[i];
            energies[k] = label.Energy - ensemble.Forces.Energies[i];
            double virial = 0;
            for (int c = 0; c < n; c++)
            {
                displacements[k * n + c] = ensemble.Positions[i * n + c] - centroids[c];
                forces[k * n + c] = label.Forces[c] - ensemble.Forces.Forces[i * n + c];
                virial += forces[k * n + c] * displacements[k * n + c];
            }
            double trace = label.Stress.Trace - (ensemble.Forces.Stresses[9 * i] + ensemble.Forces.Stresses[9 * i + 4] + ensemble.Forces.Stresses[9 * i + 8]);
            pressures[k] = -(trace + virial / ensemble.Supercell.Volume) / 3 * Crystals.Units.EvPerCubicAngstromInGPa;
            if (!double.IsFinite(energies[k] + pressures[k]))
                throw new SschaException($"the label of configuration {i + 1} holds a number that is not finite");
        }
        double sum = weights.Sum(), squares = weights.Sum(w => w * w);
        Estimate shift = Estimate.Ratio(weights, energies);
        Estimate perCell = new(shift.Value / cells, shift.Error / cells);
        double variance = weights.Zip(energies, (w, e) => w * (e - shift.Value) * (e - shift.Value)).Sum() / sum * indices.Length / (indices.Length - 1);
        double perAtom = 1000.0 / ensemble.Supercell.Count;
        return new FirstPrinciplesCorrection(
            indices.Length, sum * sum / squares, perCell,
            new Estimate(result.FreeEnergyEv + perCell.Value, Math.Sqrt(result.FreeEnergyErrorEv * result.FreeEnergyErrorEv + perCell.Error * perCell.Error)),
            Math.Sqrt(variance) * perAtom, shift.Error * perAtom,
            GradientRatio(result, weights, displacements, forces), Estimate.Ratio(weights, pressures));
    }

    /// <summary>|sym Υ⟨u Δfᵀ⟩| of the difference over the same norm from noise alone, from splitting the labels in parts; null below 8 labels.</summary>
    private static double? GradientRatio(SschaResult result, double[] weights, double[] displacements, double[] forces)
    {
        int count = weights.Length, parts = Math.Min(10, count / 2);
        if (count < 8)
            return null;
        SschaConstants c = SschaConstants.Default;
        BlochBasis basis = result.ForceConstants.Basis;
        CrystalSymmetry symmetry = CrystalSymmetry.Of(basis, result.Cell, result.Operations, 1e-3);
        TrialState state = new(result.ForceConstants, Array.ConvertAll(result.Cell.Cartesian(), x => x * c.AngstromInBohr), result.Masses, result.TemperatureK, c);
        // The gradient is linear in the forces: an ensemble with the difference as its force, in a vanishing harmonic potential.
        double[] u = basis.Transform(Array.ConvertAll(displacements, x => x * c.AngstromInBohr), count);
        double[] f = basis.Transform(Array.ConvertAll(forces, x => x * c.ForceToRydberg), count);
        BlochMatrix[] pieces = new BlochMatrix[parts];
        for (int p = 0; p < parts; p++)
        {
            double[] w = [.. weights.Select((x, i) => i % parts == p ? x : 0)];
            double sum = w.Sum();
            double[][] blocks = new double[basis.Blocks.Length][];
            for (int b = 0; b < blocks.Length; b++)
            {
                BlochBlock block = basis.Blocks[b];
                double[] weighted = u.AsSpan(block.Offset * count, block.Size * count).ToArray();
                for (int k = 0; k < weighted.Length; k++)
                    weighted[k] *= w[k % count] / sum;
                double[] uf = new double[block.Size * block.Size];
                Dense.AddOuter(weighted, block.Size, f.AsSpan(block.Offset * count, block.Size * count), block.Size, count, uf);
                blocks[b] = BlochMatrix.AverageTranslations(Dense.Square(state.Upsilon.Blocks[b], uf, block.Size), block, basis.Bands);
            }
            pieces[p] = symmetry.Symmetrize(new BlochMatrix(basis, blocks).Symmetric(), acousticSumRule: true);
        }
        BlochMatrix mean = 1.0 / parts * pieces.Aggregate((a, b) => a + b);
        double noise = pieces.Sum(p => Math.Pow((p - mean).Norm, 2)) / (parts - 1) / parts;
        return mean.Norm / Math.Sqrt(noise + 1e-300);
    }
}
