using Csp.Learning.Graphs;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>Structures that go through the graph in one call, with all inputs other than weights; made once and kept.</summary>
internal sealed class TrainingBatch
{
    private TrainingBatch(IReadOnlyList<TrainingExample> examples, IReadOnlyList<PotentialResult> baselines, Dictionary<string, TensorData> inputs)
    {
        Examples = examples;
        Baselines = baselines;
        Inputs = inputs;
    }

    public IReadOnlyList<TrainingExample> Examples { get; }

    public IReadOnlyList<PotentialResult> Baselines { get; }

    public Dictionary<string, TensorData> Inputs { get; }

    /// <summary>
    /// Groups examples that the model can collate (equal keys, bounded cost, at most <paramref name="most"/>) in a fixed, seeded order.
    /// </summary>
    public static List<TrainingBatch> Group(
        IReadOnlyList<TrainingExample> examples, ITrainableModel model, TrainingLoss loss, TrainingSettings settings, int most, ulong seed, CancellationToken cancellation)
    {
        Precision precision = settings.DoublePrecision ? Precision.Float64 : Precision.Float32;
        Random random = new(unchecked((int)(seed ^ (seed >> 32))));
        List<TrainingBatch> batches = [];
        foreach (IGrouping<int, TrainingExample> group in examples.GroupBy(e => model.BatchKey(e.Crystal)).OrderBy(g => g.Key))
        {
            TrainingExample[] shuffled = [.. group];
            random.Shuffle(shuffled);
            List<TrainingExample> current = [];
            int cost = 0;
            foreach (TrainingExample example in shuffled)
            {
                int own = model.CostOf(example.Crystal);
                if (current.Count > 0 && (current.Count == most || cost + own > settings.BatchCost))
                    Close();
                current.Add(example);
                cost += own;
            }
            Close();

            void Close()
            {
                cancellation.ThrowIfCancellationRequested();
                PotentialResult[] baselines = [.. current.Select(e => model.Baseline(e.Crystal))];
                Dictionary<string, TensorData> inputs = new(model.Collate([.. current.Select(e => e.Crystal)], precision));
                foreach ((string name, TensorData data) in loss.Targets(current, baselines, precision))
                    inputs.Add(name, data);
                batches.Add(new TrainingBatch([.. current], baselines, inputs));
                current.Clear();
                cost = 0;
            }
        }
        return batches;
    }
}
