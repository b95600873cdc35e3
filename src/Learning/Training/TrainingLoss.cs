using Csp.Learning.Graphs;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>
/// The loss of a batch as a graph: Σ_s w_s [ ρ(ΔE/(N u_E)) + ⟨w_i ρ(ΔF_i/u_F)⟩ + ⟨ρ(Δσ/u_σ)⟩ ] with pseudo-Huber ρ(r) = δ²(√(1 + r²/δ²) − 1), so
/// that small errors count quadratically and wrong or extreme labels linearly. Atoms count w_i = 1/(1 + (F_i/F0)²) and structures
/// w_s = 1/(1 + (F_max/10 F0)²): what is far from any crystal one looks for does not steer the fit.
/// </summary>
internal sealed class TrainingLoss(TrainingSettings settings)
{
    /// <summary>Adds the loss to a graph; its inputs are those of <see cref="Targets"/>.</summary>
    public Tensor Define(Graph g, Prediction prediction)
    {
        Dim b = prediction.Energies.Shape[0], a = prediction.Forces.Shape[0];
        return Term(g, prediction.Energies, "energy", b)
            + Term(g, prediction.Forces, "force", a, 3)
            + Term(g, prediction.Virials, "virial", b, 9);
    }

    /// <summary>What the model should predict for a batch (labels minus baseline), with units and weights.</summary>
    public Dictionary<string, TensorData> Targets(IReadOnlyList<TrainingExample> batch, IReadOnlyList<PotentialResult> baselines, Precision precision)
    {
        int atoms = batch.Sum(e => e.Crystal.Count);
        TermTargets energy = new(batch.Count), force = new(3 * atoms), virial = new(9 * batch.Count);
        int first = 0;
        for (int s = 0; s < batch.Count; s++)
        {
            TrainingExample example = batch[s];
            PotentialResult baseline = baselines[s];
            int n = example.Crystal.Count;
            double structure = example.Weight * Down(example.LargestForce / 10);
            energy.Set(s, example.Energy - baseline.Energy, 1 / (n * settings.EnergyUnit), structure);
            for (int i = 0; example.Forces is double[] forces && i < 3 * n; i++)
            {
                double weight = structure * Down(Vec3.At(forces, i / 3).Norm) / (3 * n);
                force.Set(3 * first + i, forces[i] - baseline.Forces[i], 1 / settings.ForceUnit, weight);
            }
            if (example.Stress is Mat3 stress)
            {
                double volume = example.Crystal.Volume;
                double unit = settings.StressUnitGPa / Units.EvPerCubicAngstromInGPa * volume;
                double[] difference = (stress - baseline.Stress).ToArray();
                for (int i = 0; i < 9; i++)
                    virial.Set(9 * s + i, difference[i] * volume, 1 / unit, structure / 9);
            }
            first += n;
        }
        Dictionary<string, TensorData> inputs = [];
        energy.AddTo(inputs, "energy", precision, batch.Count);
        force.AddTo(inputs, "force", precision, atoms, 3);
        virial.AddTo(inputs, "virial", precision, batch.Count, 9);
        return inputs;
    }

    private double Down(double force) => 1 / (1 + Math.Pow(force / settings.ForceScale, 2));

    private Tensor Term(Graph g, Tensor predicted, string name, params ReadOnlySpan<Dim> shape)
    {
        Tensor residual = (predicted - g.Input($"{name}.target", shape)) * g.Input($"{name}.scale", shape);
        double delta = settings.RobustUnits;
        Tensor root = g.Sqrt(1 + g.Square(residual / delta));
        return g.Sum(g.Input($"{name}.weight", shape) * (root - 1)) * (delta * delta);
    }

    private sealed class TermTargets(int count)
    {
        private readonly double[] _target = new double[count];
        private readonly double[] _scale = new double[count];
        private readonly double[] _weight = new double[count];

        public void Set(int i, double target, double scale, double weight) => (_target[i], _scale[i], _weight[i]) = (target, scale, weight);

        public void AddTo(Dictionary<string, TensorData> inputs, string name, Precision precision, params long[] shape)
        {
            inputs[$"{name}.target"] = TensorData.Real(_target, precision, shape);
            inputs[$"{name}.scale"] = TensorData.Real(_scale, precision, shape);
            inputs[$"{name}.weight"] = TensorData.Real(_weight, precision, shape);
        }
    }
}
