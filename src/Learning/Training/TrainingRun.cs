using System.IO.Enumeration;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>The moving parts of one training: batches, graph sessions, optimiser, random order. Mutable, one caller at a time.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly ITrainableModel _model;
    private readonly TrainingSettings _settings;
    private readonly ulong _seed;
    private readonly Precision _precision;
    private readonly List<TrainingBatch> _batches;
    private readonly List<TrainingBatch> _heldOut;
    private readonly AdamW _optimiser;
    private readonly OrtSession _gradients;
    private readonly OrtSession _values;

    private readonly List<TrainingBatch> _replay;
    private readonly int[] _trained;
    private readonly string? _parentHash;
    private byte[]? _identity;

    public TrainingRun(
        ITrainableModel model, string? parentHash, TrainingSet set, IReadOnlyList<TrainingExample> replay, TrainingSettings settings, ulong seed,
        CancellationToken cancellation)
    {
        _parentHash = parentHash;
        _model = model;
        _settings = settings;
        _seed = seed;
        _precision = settings.DoublePrecision ? Precision.Float64 : Precision.Float32;
        TrainingLoss loss = new(settings);
        int most = Math.Max(1, settings.BatchStructures / 2);
        _batches = TrainingBatch.Group(set.Training, model, loss, settings, most, seed, cancellation);
        _replay = TrainingBatch.Group(replay, model, loss, settings, most, seed, cancellation);
        _heldOut = TrainingBatch.Group(set.HoldOut, model, loss, settings, most, seed, cancellation);

        Graph graph = new();
        Dictionary<string, Tensor> weights = model.Weights.ToDictionary(w => w.Name, w => graph.Input(w.Name, [.. w.Shape.Select(d => (Dim)d)]));
        Prediction prediction = model.Define(graph, weights);
        Tensor total = loss.Define(graph, prediction);
        List<(string, Tensor)> values =
            [("energies", prediction.Energies), ("forces", prediction.Forces), ("virials", prediction.Virials), ("loss", total)];
        _values = OrtSession.Compile(values, _precision);
        if (settings.Frozen.FirstOrDefault(f => !model.Weights.Any(w => Matches(f, w))) is string vain)
            throw new PotentialException($"training: no weights are called '{vain}' (there are {string.Join(", ", model.Weights.Select(w => w.Name).Take(12))}{(model.Weights.Count > 12 ? ", …" : "")})");
        _trained = [.. Enumerable.Range(0, model.Weights.Count).Where(i => !settings.Frozen.Any(f => Matches(f, model.Weights[i])))];
        if (_trained.Length == 0)
            throw new PotentialException("training: all weights are frozen");
        IEnumerable<(string, Tensor)> slopes = graph.Grad(total, [.. _trained.Select(i => weights[model.Weights[i].Name])])
            .Select((g, k) => ($"d {model.Weights[_trained[k]].Name}", g));
        _optimiser = new AdamW([.. model.Weights.Select((w, i) => _trained.Contains(i) ? w : w with { Decay = false })], settings);
        _gradients = OrtSession.Compile([("loss", total), .. slopes], _precision);
    }

    /// <summary>Passes over the training set so far.</summary>
    public int Epoch { get; private set; }

    private byte[] Identity => _identity ??= TrainingIdentity.Of([.. _batches, .. _replay, .. _heldOut], _model.Weights, _parentHash, _settings, _seed);

    /// <summary>A copy of the averaged weights.</summary>
    public double[][] AveragedWeights => [.. _optimiser.Average.Select(w => w.ToArray())];

    /// <summary>One pass over the training set in a fresh order.</summary>
    /// <param name="rateAt">Learning rate for a number of epochs done (with fraction); null ends the pass early.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <returns>Mean loss per structure.</returns>
    public double RunEpoch(Func<double, double?> rateAt, CancellationToken cancellation)
    {
        TrainingBatch[] order = [.. _batches, .. _replay];
        new Random(unchecked((int)(_seed * 7919 + (ulong)Epoch))).Shuffle(order);
        double sum = 0;
        int structures = 0;
        for (int start = 0; start < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (rateAt(Epoch + (double)start / order.Length) is not double rate)
                break;
            int end = start, size = 0;
            while (end < order.Length && (end == start || size + order[end].Examples.Count <= _settings.BatchStructures))
                size += order[end++].Examples.Count;
            Dictionary<string, TensorData>[] results = Evaluate(_gradients, order.AsMemory(start, end - start), _optimiser.Values);
            double[][] gradient = [.. _model.Weights.Select(w => new double[w.Values.Length])];
            foreach (Dictionary<string, TensorData> result in results)
            {
                sum += result["loss"].ToDoubles()[0];
                foreach (int a in _trained)
                    AddTo(gradient[a], result[$"d {_model.Weights[a].Name}"].ToDoubles(), 1.0 / size);
            }
            _optimiser.Step(gradient, rate);
            structures += size;
            start = end;
        }
        Epoch++;
        return sum / Math.Max(structures, 1);
    }

    /// <summary>Mean loss per held-out structure, and errors.</summary>
    public (double Loss, TrainingErrors Errors) Judge(double[][] weights, CancellationToken cancellation) => Judge(_heldOut, weights, cancellation);

    public TrainingErrors ErrorsOnTraining(double[][] weights, CancellationToken cancellation) => Judge(_batches, weights, cancellation).Errors;

    /// <summary>Everything needed to go on.</summary>
    public TrainingState Save(TrainingCourse course) => TrainingState.Of(Identity, writer =>
    {
        writer.Write(Epoch);
        _optimiser.Write(writer);
        course.Write(writer);
    });

    /// <exception cref="PotentialException">The state is of another training, or damaged.</exception>
    public TrainingCourse Restore(TrainingState state) => state.Read(Identity, reader =>
    {
        Epoch = reader.ReadInt32();
        _optimiser.Read(reader);
        return TrainingCourse.Read(reader, _model.Weights);
    });

    public void Dispose()
    {
        _gradients.Dispose();
        _values.Dispose();
    }

    private (double Loss, TrainingErrors Errors) Judge(List<TrainingBatch> batches, double[][] weights, CancellationToken cancellation)
    {
        if (batches.Count == 0)
            return (double.NaN, TrainingErrors.None);
        ErrorStatistics statistics = new();
        double loss = 0;
        cancellation.ThrowIfCancellationRequested();
        Dictionary<string, TensorData>[] results = Evaluate(_values, batches.ToArray(), weights);
        for (int b = 0; b < results.Length; b++)
        {
            statistics.Add(batches[b], results[b]);
            loss += results[b]["loss"].ToDoubles()[0];
        }
        return (loss / batches.Sum(b => b.Examples.Count), statistics.Errors);
    }

    // Calls run side by side; results stay in order, so sums over them do not depend on timing.
    private Dictionary<string, TensorData>[] Evaluate(OrtSession session, ReadOnlyMemory<TrainingBatch> batches, double[][] weights)
    {
        TensorData[] arrays = [.. _model.Weights.Select((w, i) => TensorData.Real(weights[i], _precision, w.Shape))];
        Dictionary<string, TensorData>[] results = new Dictionary<string, TensorData>[batches.Length];
        if (_settings.Threads == 1 || batches.Length == 1)
        {
            for (int b = 0; b < results.Length; b++)
                results[b] = session.Evaluate(With(batches.Span[b]));
        }
        else
        {
            Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = _settings.Threads }, b => results[b] = session.Evaluate(With(batches.Span[b])));
        }
        return results;

        Dictionary<string, TensorData> With(TrainingBatch batch)
        {
            Dictionary<string, TensorData> inputs = new(batch.Inputs);
            for (int i = 0; i < arrays.Length; i++)
                inputs[_model.Weights[i].Name] = arrays[i];
            return inputs;
        }
    }

    private static bool Matches(string pattern, WeightArray weight) => FileSystemName.MatchesSimpleExpression(pattern, weight.Name, ignoreCase: false);

    private static void AddTo(double[] sum, double[] part, double scale)
    {
        for (int i = 0; i < sum.Length; i++)
            sum[i] += scale * part[i];
    }
}
