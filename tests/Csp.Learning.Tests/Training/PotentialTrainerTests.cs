using System.Text;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Tests.Training;

public class PotentialTrainerTests
{
    private static readonly TrainingSettings Quick = TrainingSettings.Default with
    {
        MaxEpochs = 120,
        EvaluateEvery = 10,
        LearningRate = 0.02,
        HoldOut = 0.2,
        ForceUnit = 0.02,
        WarmStartLearningRate = 5e-3,
    };

    [Fact]
    public void Learns_a_pair_potential_from_energies_forces_and_stresses()
    {
        Frame[] data = MorseCrystals.Labelled(48);
        List<TrainingProgress> seen = [];
        TrainingResult result = PotentialTrainer.Train(new(data, null, Quick, 3), new PairArchitecture(), new Collect(seen));
        Assert.Equal(120, result.Epochs);
        Assert.Equal(48, result.Training.Structures + result.HoldOut.Structures);
        Assert.InRange(result.HoldOut.Structures, 4, 16);
        Assert.True(seen[^1].Loss < seen[0].Loss / 4, $"{seen[0].Loss} -> {seen[^1].Loss}");
        double spread = MorseCrystals.ForceSpread(data);
        Assert.True(result.HoldOut.ForceRmse < 0.4 * spread, $"{result.HoldOut} of {spread}");
        Assert.InRange(result.HoldOut.EnergyRmseMev, 0, 60);
        Assert.Contains("\"ParentHash\":null", Encoding.UTF8.GetString(result.ModelBytes));

        // Trained on: starts where the parent ended.
        seen.Clear();
        TrainingResult second = PotentialTrainer.Train(new(data, result.ModelBytes, Quick with { MaxEpochs = 30 }, 4), new PairArchitecture(), new Collect(seen));
        Assert.True(second.Training.ForceRmse <= result.Training.ForceRmse, $"{result.Training} -> {second.Training}");
        Assert.DoesNotContain("\"ParentHash\":null", Encoding.UTF8.GetString(second.ModelBytes));
    }

    [Fact]
    public void Same_seed_same_bytes_on_any_number_of_threads()
    {
        Frame[] data = MorseCrystals.Labelled(12);
        TrainingSettings settings = Quick with { MaxEpochs = 12, EvaluateEvery = 3, HoldOut = 0 };
        TrainingRequest request = new(data, null, settings, 5);
        byte[] whole = PotentialTrainer.Train(request, new PairArchitecture()).ModelBytes;
        byte[] threaded = PotentialTrainer.Train(request with { Settings = settings with { Threads = 2 } }, new PairArchitecture()).ModelBytes;
        Assert.Equal(Encoding.UTF8.GetString(whole).Split("Provenance")[0], Encoding.UTF8.GetString(threaded).Split("Provenance")[0]);
        byte[] other = PotentialTrainer.Train(request with { Seed = 6 }, new PairArchitecture()).ModelBytes;
        Assert.NotEqual(whole, other);
    }

    [Fact]
    public void Can_be_cancelled_and_says_what_is_wrong_with_the_data()
    {
        Frame[] data = MorseCrystals.Labelled(6);
        using CancellationTokenSource source = new();
        int reports = 0;
        TrainingRequest endless = new(data, null, Quick with { MaxEpochs = 1_000_000, EvaluateEvery = 1, Patience = 0 }, 1);
        Assert.ThrowsAny<OperationCanceledException>(() => PotentialTrainer.Train(
            endless with { Checkpoint = _ => { if (++reports == 3) source.Cancel(); } }, new PairArchitecture(), null, source.Token));
        string Message(params Frame[] frames) =>
            Assert.Throws<PotentialException>(() => PotentialTrainer.Train(new(frames, null, Quick, 1), new PairArchitecture())).Message;
        Assert.Contains("no structures", Message());
        Assert.Contains("structure 2 (H2) has no energy", Message(data[0], data[1] with { Energy = null }));
        Assert.Contains("not a finite", Message(data[0] with { Energy = double.NaN }));
        Assert.Contains("learning rate", Assert.Throws<PotentialException>(() => (Quick with { LearningRate = -1 }).Checked()).Message);
        Assert.Contains("'nonsense'", Assert.Throws<PotentialException>(() => PotentialTrainer.Train(new(data, null, Quick with { Architecture = "nonsense" }, 1))).Message);
    }

    [Fact]
    public void Frozen_weights_stay_and_references_move_to_the_new_labels()
    {
        Frame[] data = MorseCrystals.Labelled(16), shifted = [.. data.Select(f => f with { Energy = f.Energy + 0.7 * f.Crystal.Count })];
        TrainingSettings settings = Quick with { MaxEpochs = 20, HoldOut = 0 };
        byte[] parent = PotentialTrainer.Train(new(data, null, settings, 5), new PairArchitecture()).ModelBytes;
        TrainingSettings frozen = settings with { Frozen = ["w*", "b1"], RefitReferences = true };
        PairArchitecture.Saved before = PairArchitecture.Read(parent), after = PairArchitecture.Read(PotentialTrainer.Train(new(shifted, parent, frozen, 6), new PairArchitecture()).ModelBytes);
        Assert.Equal(0.7, after.References[1] - before.References[1], 0.02);
        Dictionary<string, double[]> old = before.Weights.ToDictionary(w => w.Name, w => w.Values), now = after.Weights.ToDictionary(w => w.Name, w => w.Values);
        Assert.Equal(old["w1"], now["w1"]);
        Assert.Equal(old["b1"], now["b1"]);
        Assert.Equal(old["w2"], now["w2"]);
        Assert.NotEqual(old["linear"], now["linear"]);
        Assert.Throws<PotentialException>(() => PotentialTrainer.Train(new(data, parent, settings with { Frozen = ["*"] }, 6), new PairArchitecture()));
        Assert.Contains("'block7.*'", Assert.Throws<PotentialException>(
            () => PotentialTrainer.Train(new(data, parent, settings with { Frozen = ["w1", "block7.*"] }, 6), new PairArchitecture())).Message);
    }

    [Fact]
    public void Replay_keeps_what_the_new_data_do_not_hold()
    {
        // The parent knows all volumes; the new labels hold one region with a changed potential.
        Frame[] all = MorseCrystals.Labelled(40), few = [.. MorseCrystals.Labelled(6).Select(f => f with { Energy = 1.05 * f.Energy, Forces = [.. f.Forces!.Select(v => 1.5 * v)] })];
        TrainingSettings settings = Quick with { MaxEpochs = 60, HoldOut = 0, RefitReferences = true, ReplayWeight = 1 };
        byte[] parent = PotentialTrainer.Train(new(all, null, settings, 5), new PairArchitecture()).ModelBytes;
        TrainingSettings tuning = settings with { WarmStartLearningRate = 0.02, RefitReferences = false };
        double Forgotten(IReadOnlyList<Crystal> replay)
        {
            byte[] tuned = PotentialTrainer.Train(new(few, parent, tuning, 6) { Replay = replay }, new PairArchitecture()).ModelBytes;
            return PotentialTrainer.Train(new(all, tuned, tuning with { MaxEpochs = 1, WarmStartLearningRate = 1e-9, WeightDecay = 0 }, 7), new PairArchitecture()).Training.ForceRmse;
        }
        double without = Forgotten([]), with = Forgotten([.. all.Select(f => f.Crystal)]);
        Assert.True(with < 0.8 * without, $"force error on what the parent knew: {without} without replay, {with} with it");
    }

    [Fact]
    public void Taught_structures_are_learned_beside_the_labels_and_never_held_out()
    {
        Frame[] all = MorseCrystals.Labelled(40), few = MorseCrystals.Labelled(6);
        TrainingSettings settings = Quick with { MaxEpochs = 60, HoldOut = 0.3, ReplayWeight = 0.5 };
        TrainingResult Trained(IReadOnlyList<Frame> taught) => PotentialTrainer.Train(new(few, null, settings, 5) { Taught = taught }, new PairArchitecture());
        double ForceErrorOnAll(TrainingResult result) => PotentialTrainer.Train(
            new(all, result.ModelBytes, settings with { MaxEpochs = 1, HoldOut = 0, WarmStartLearningRate = 1e-9, WeightDecay = 0 }, 7), new PairArchitecture()).Training.ForceRmse;
        TrainingResult without = Trained([]), with = Trained(all);
        Assert.Equal(6, with.Training.Structures + with.HoldOut.Structures);
        Assert.True(ForceErrorOnAll(with) < 0.5 * ForceErrorOnAll(without), $"force error on all: {ForceErrorOnAll(without)} without, {ForceErrorOnAll(with)} with");
    }

    [Fact]
    public void A_student_learns_what_its_teacher_says()
    {
        Crystal[] crystals = [.. MorseCrystals.Labelled(24).Select(f => f.Crystal)];
        TrainingResult result = Distillation.Train(new LennardJones(Element.FromNumber(1), 0.05, 1.6), crystals, TrainingSettings.Default with { MaxEpochs = 150, HoldOut = 0.2 }, 1);
        Assert.Equal(24, result.Training.Structures + result.HoldOut.Structures);
        Assert.True(result.Training.ForceRmse < 0.02, $"{result.HoldOutBefore} -> {result.Training} / {result.HoldOut}");
    }

    [Fact]
    public void Structures_held_out_by_name_are_judged_and_not_trained_on()
    {
        Frame[] all = MorseCrystals.Labelled(24);
        TrainingSet set = TrainingSet.Split(all[..16], 0.25, null, all[16..]), without = TrainingSet.Split(all[..16], 0.25);
        Assert.Equal(without.Training.Select(e => e.Hash), set.Training.Select(e => e.Hash));
        Assert.Equal(without.HoldOut.Count + 8, set.HoldOut.Count);
        PotentialException error = Assert.Throws<PotentialException>(() => TrainingSet.Split(all[..16], 0.25, null, all[15..]));
        Assert.Contains("structure 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_structure_keeps_its_side_when_the_data_grow()
    {
        Frame[] data = MorseCrystals.Labelled(40);
        TrainingSet small = TrainingSet.Split(data[..20], 0.3), large = TrainingSet.Split(data, 0.3);
        Assert.Subset(large.HoldOut.Select(e => Convert.ToHexString(e.Hash)).ToHashSet(), small.HoldOut.Select(e => Convert.ToHexString(e.Hash)).ToHashSet());
    }

    [Fact]
    public void The_hash_of_the_data_covers_structures_and_labels_in_any_order()
    {
        Frame[] data = MorseCrystals.Labelled(5);
        string whole = Hash(data);
        Assert.Equal(whole, Hash([.. data.Reverse()]));
        Assert.NotEqual(whole, Hash(data[..4]));
        Assert.NotEqual(whole, Hash([.. data[..4], data[4] with { Energy = data[4].Energy + 1e-9 }]));
        Assert.NotEqual(whole, Hash([.. data[..4], data[4] with { Forces = null }]));
        Assert.NotEqual(whole, Hash([.. data[..4], data[4] with { Stress = null }]));

        static string Hash(Frame[] frames) => TrainingSet.HashOf(frames.Select((f, i) => TrainingExample.Of(f, i + 1)));
    }

    [Fact]
    public void Reference_energies_are_those_of_the_elements()
    {
        (Composition, double)[] structures =
        [
            (Composition.Parse("H"), -3.0), (Composition.Parse("S"), -11.0), (Composition.Parse("H3S"), -20.0),
            (Composition.Parse("H2S"), -17.0), (Composition.Parse("HS"), -14.0), (Composition.Parse("H2"), +30.0),
        ];
        IReadOnlyDictionary<Element, double> fit = ReferenceEnergies.Fit(structures);
        Assert.Equal(-3, fit[Element.FromNumber(1)], 0.03);
        Assert.Equal(-11, fit[Element.FromNumber(16)], 0.03);
        // A hundred structures of one composition, scattered by 0.1 eV/atom, and a single one of another.
        Random random = new(2);
        fit = ReferenceEnergies.Fit([.. Enumerable.Range(0, 100).Select(_ => (Composition.Parse("H3S"), -320 + 0.4 * random.NextDouble())), (Composition.Parse("H2S"), -304.8)]);
        Assert.Equal(-15, fit[Element.FromNumber(1)], 0.6);
        Assert.Equal(-274.8, fit[Element.FromNumber(16)], 1.5);
        // One composition alone: the mean per atom for both.
        fit = ReferenceEnergies.Fit([(Composition.Parse("H3S"), -20.0), (Composition.Parse("H6S2"), -40.4)]);
        Assert.Equal(-5.025, fit.Sum(f => f.Value * (f.Key.Number == 1 ? 3 : 1)) / 4, 0.03);
    }

    private sealed class Collect(List<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen.Add(value);
    }
}
