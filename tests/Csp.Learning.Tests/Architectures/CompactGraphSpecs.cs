using Csp.Learning.Architectures;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Architectures;

public class CompactGraphSpecs
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_training_graph_says_what_the_plain_formulas_say(bool mix)
    {
        CompactModel model = TestCrystals.Model(new CompactSettings { MixChannels = mix, Hidden = 8 });
        Crystal[] batch = [TestCrystals.Random(4, 4, 3), TestCrystals.Random(4, 3, 5)];
        CompactTrainable trainable = new(model, batch);
        Graph graph = new();
        Dictionary<string, Tensor> weights = trainable.Weights.ToDictionary(w => w.Name, w => graph.Input(w.Name, [.. w.Shape.Select(d => (Dim)d)]));
        Prediction prediction = trainable.Define(graph, weights);
        Dictionary<string, TensorData> inputs = new(trainable.Collate(batch, Precision.Float64));
        foreach (WeightArray weight in trainable.Weights)
            inputs[weight.Name] = TensorData.Of(weight.Values, weight.Shape);
        TensorData[] outputs = Interpreter.Evaluate([prediction.Energies, prediction.Forces, prediction.Virials], inputs);
        CompactReference reference = new(model);
        for (int b = 0; b < batch.Length; b++)
        {
            PotentialResult expected = reference.Evaluate(batch[b]), baseline = trainable.Baseline(batch[b]);
            Same(expected.Energy, outputs[0].ToDoubles()[b] + baseline.Energy, 10);
            double largest = expected.Forces.Max(Math.Abs);
            for (int i = 0; i < 12; i++)
                Same(expected.Forces[i], outputs[1].ToDoubles()[12 * b + i] + baseline.Forces[i], largest);
            double[] stress = expected.Stress.ToArray(), repulsion = baseline.Stress.ToArray();
            for (int i = 0; i < 9; i++)
                Same(stress[i], outputs[2].ToDoubles()[9 * b + i] / batch[b].Volume + repulsion[i], expected.Stress.Norm);
        }
    }

    [Fact]
    public void A_model_survives_its_file_and_goes_on_training_from_it()
    {
        CompactModel model = TestCrystals.Model();
        byte[] bytes = CompactModelFile.Write(model, null);
        CompactArchitecture architecture = new();
        Assert.True(architecture.Recognizes(bytes));
        Crystal crystal = TestCrystals.H3S(3, 1, 0.1);
        ITrainableModel again = architecture.Load(bytes, [crystal]);
        Assert.Equal(new CompactTrainable(model, [crystal]).Weights.SelectMany(w => w.Values), again.Weights.SelectMany(w => w.Values));
        ModelProvenance provenance = new(null, "d", 1, 0, "{}", 1, TrainingErrors.None, TrainingErrors.None);
        byte[] trained = again.Serialize(again.Weights, provenance);
        Assert.Equal(trained, again.Serialize(again.Weights, provenance));
        Assert.Equal(model.Species[0].Hidden, CompactModelFile.Read(ModelFile.FromBytes(trained)).Species[0].Hidden);
        PotentialException e = Assert.Throws<PotentialException>(() => architecture.Load(bytes, [new Crystal(Mat3.Identity, [Element.FromSymbol("La")], [0, 0, 0])]));
        Assert.Contains("La", e.Message);
    }

    private static void Same(double expected, double actual, double scale) => Assert.Equal(0, (expected - actual) / scale, 1e-10);
}
