using Csp.Learning.Graphs;
using Csp.Physics.Crystals;

namespace Csp.Learning.Training;

/// <summary>Collects differences between predictions and labels. Mutable; not thread-safe.</summary>
internal sealed class ErrorStatistics
{
    private readonly List<double> _energies = [];
    private int _structures;
    private Sum _energy, _force, _stress;

    /// <summary>Adds the results of one graph call.</summary>
    public void Add(TrainingBatch batch, IReadOnlyDictionary<string, TensorData> results)
    {
        double[] energies = results["energies"].ToDoubles(), forces = results["forces"].ToDoubles(), virials = results["virials"].ToDoubles();
        int first = 0;
        for (int s = 0; s < batch.Examples.Count; s++)
        {
            TrainingExample example = batch.Examples[s];
            int n = example.Crystal.Count;
            _structures++;
            double error = 1000 * (energies[s] + batch.Baselines[s].Energy - example.Energy) / n;
            _energy.Add(error);
            _energies.Add(Math.Abs(error));
            for (int i = 0; example.Forces is double[] f && i < 3 * n; i++)
                _force.Add(forces[3 * first + i] + batch.Baselines[s].Forces[i] - f[i]);
            if (example.Stress is Mat3 stress)
            {
                double[] difference = (stress - batch.Baselines[s].Stress).ToArray();
                for (int i = 0; i < 9; i++)
                    _stress.Add((virials[9 * s + i] / example.Crystal.Volume - difference[i]) * Units.EvPerCubicAngstromInGPa);
            }
            first += n;
        }
    }

    public TrainingErrors Errors => new(_structures, _energy.Mean, _energy.Root, _force.Mean, _force.Root, _stress.Mean, _stress.Root)
    {
        EnergyOneSigmaMev = _energies.Count == 0 ? null : _energies.Order().ElementAt((int)(0.6827 * _energies.Count)),
    };

    private struct Sum
    {
        private long _count;
        private double _absolute, _square;

        public void Add(double difference)
        {
            _count++;
            _absolute += Math.Abs(difference);
            _square += difference * difference;
        }

        public readonly double Mean => _count == 0 ? double.NaN : _absolute / _count;

        public readonly double Root => _count == 0 ? double.NaN : Math.Sqrt(_square / _count);
    }
}
