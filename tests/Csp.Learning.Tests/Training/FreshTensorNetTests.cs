using Csp.Learning.Architectures.TensorNet;
using Csp.Learning.Evaluation;
using Csp.Learning.Inference;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Tests.Training;

public class FreshTensorNetTests
{
    private static readonly TensorNetSettings Small = new() { Cutoff = 4, MaxN = 6, Layers = 1 };

    [Fact]
    public void Learns_from_nothing_and_is_a_potential_of_the_labels_elements()
    {
        Frame[] data = MorseCrystals.Labelled(24);
        TrainingSettings settings = TrainingSettings.FreshGraph with { MaxEpochs = 40, HoldOut = 0.2, ForceUnit = 0.02, KeepLast = true };
        TrainingResult result = PotentialTrainer.Train(new(data, null, settings, 3), TensorNetStart.Family(Small, 8));
        double spread = MorseCrystals.ForceSpread(data);
        Assert.True(result.HoldOut.ForceRmse < 0.4 * spread, $"{result.HoldOutBefore} -> {result.HoldOut}, forces of {spread}");

        // The file stands for itself: errors of the potential read from it are those of the training.
        TensorNetModel model = TensorNetModel.Read(ModelFile.FromBytes(result.ModelBytes));
        Assert.Equal([Element.FromNumber(1)], model.Species);
        IPotential potential = PotentialFile.FromBytes(result.ModelBytes);
        HashSet<Crystal> judged = [.. TrainingSet.Split(data, 0.2).HoldOut.Select(e => e.Crystal)];
        Assert.Equal(result.HoldOut.ForceRmse, ErrorTable.Of(data.Where(f => judged.Contains(f.Crystal)).Select(f => (f, potential.Evaluate(f.Crystal)))).ForceRmse, 1e-4);
    }

    [Fact]
    public void The_seed_decides()
    {
        Crystal[] crystals = [.. MorseCrystals.Labelled(2).Select(f => f.Crystal)];
        double[] Weights(ulong seed) => [.. TensorNetStart.Random(Small, 8, crystals, seed).Weights.SelectMany(w => w.Values)];
        Assert.Equal(Weights(1), Weights(1));
        Assert.NotEqual(Weights(1), Weights(2));
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Crystal[] crystals = [.. MorseCrystals.Labelled(2).Select(f => f.Crystal)];
        string Refusal(TensorNetSettings settings, int channels, params Crystal[] structures) =>
            Assert.Throws<PotentialException>(() => TensorNetStart.Random(settings, channels, structures, 1)).Message;
        Assert.Contains("1 to 512 channels, not 0", Refusal(Small, 0, crystals));
        Assert.Contains("max_n", Refusal(Small with { MaxN = 0 }, 8, crystals));
        Assert.Contains("cutoff", Refusal(Small with { Cutoff = double.NaN }, 8, crystals));
        Assert.Contains("no structures", Refusal(Small, 8));
    }
}
