using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>The labelled configurations of a finished calculation as an ensemble of the reference potential, with the model's averages as its known part.</summary>
internal sealed class LabelledSubset
{
    private LabelledSubset(SschaResult result, SampledEnsemble all, SampledEnsemble model, SampledEnsemble reference, TrialState state)
    {
        (All, State, Model) = (all, state, model);
        Symmetry = CrystalSymmetry.Of(state.Basis, result.Cell, result.Operations, 1e-3);
        Reference = reference.With(new ModelAverages(all, model));
    }

    /// <summary>The whole ensemble with the model's answers.</summary>
    public SampledEnsemble All { get; }

    /// <summary>The labelled configurations with the model's answers.</summary>
    public SampledEnsemble Model { get; }

    /// <summary>The labelled configurations with the labels.</summary>
    public SampledEnsemble Reference { get; }

    /// <summary>Where the calculation ended.</summary>
    public TrialState State { get; }

    public CrystalSymmetry Symmetry { get; }

    /// <exception cref="SschaException">Too few labels, an index outside of the ensemble, a label of another structure, or a number that is not finite.</exception>
    public static LabelledSubset Of(SschaResult result, IReadOnlyDictionary<int, PotentialResult> labels)
    {
        SschaEnsemble ensemble = result.Ensemble;
        int n = 3 * ensemble.Supercell.Count;
        if (labels.Count < 4)
            throw new SschaException($"a correction with an error bar needs at least 4 labels, not {labels.Count}");
        int[] indices = [.. labels.Keys.Order()];
        foreach (int i in indices)
        {
            if (i < 0 || i >= ensemble.Count)
                throw new SschaException($"label {i} does not belong to the ensemble of {ensemble.Count} configurations");
            PotentialResult label = labels[i];
            if (label.Forces.Length != n)
                throw new SschaException(string.Create(CultureInfo.InvariantCulture, $"the label of configuration {i + 1} has {label.Forces.Length / 3} atoms, and the supercell has {n / 3}"));
            if (!double.IsFinite(label.Energy) || !label.Forces.All(double.IsFinite) || !label.Stress.ToArray().All(double.IsFinite))
                throw new SschaException($"the label of configuration {i + 1} holds a number that is not finite");
        }
        SschaConstants c = SschaConstants.Default;
        TrialState state = new(result.ForceConstants, Array.ConvertAll(result.Cell.Cartesian(), x => x * c.AngstromInBohr), result.Masses, result.TemperatureK, c);
        EnsembleForces f = ensemble.Forces;
        SampledEnsemble Make(IReadOnlyList<int> of, IEnumerable<double> energies, IEnumerable<double> forces, IEnumerable<double> stresses) => new(
            state, Displacements(ensemble, of, c), [.. forces.Select(x => x * c.ForceToRydberg)], [.. energies.Select(x => x / c.RydbergInEv)],
            [.. stresses.Select(x => x * c.StressToRydberg)], ensemble.Supercell.Volume * Math.Pow(c.AngstromInBohr, 3), [.. of.Select(i => ensemble.Weights[i])]);
        SampledEnsemble all = Make([.. Enumerable.Range(0, ensemble.Count)], f.Energies, f.Forces, f.Stresses);
        SampledEnsemble model = Make(
            indices, indices.Select(i => f.Energies[i]), indices.SelectMany(i => f.Forces[(i * n)..((i + 1) * n)]), indices.SelectMany(i => f.Stresses[(9 * i)..(9 * i + 9)]));
        SampledEnsemble reference = Make(
            indices, indices.Select(i => labels[i].Energy), indices.SelectMany(i => labels[i].Forces), indices.SelectMany(i => labels[i].Stress.ToArray()));
        return new LabelledSubset(result, all, model, reference, state);
    }

    private static double[] Displacements(SschaEnsemble ensemble, IReadOnlyList<int> of, SschaConstants c)
    {
        double[] centroids = ensemble.Supercell.Cartesian();
        int n = centroids.Length;
        double[] result = new double[of.Count * n];
        for (int k = 0; k < result.Length; k++)
            result[k] = (ensemble.Positions[of[k / n] * n + k % n] - centroids[k % n]) * c.AngstromInBohr;
        return result;
    }
}
