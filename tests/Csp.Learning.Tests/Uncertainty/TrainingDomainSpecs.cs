using Csp.Learning.Architectures;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Learning.Tests.Training;
using Csp.Learning.Training;
using Csp.Learning.Uncertainty;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Uncertainty;

public class TrainingDomainSpecs
{
    [Fact]
    public void Training_atoms_are_at_unit_distance_and_strangers_far_away()
    {
        CompactModel model = TestCrystals.Model();
        Crystal[] structures = [.. Enumerable.Range(0, 20).Select(i => TestCrystals.H3S(2.95 + 0.01 * i, 1, 0.15, seed: i))];
        TrainingErrors errors = new(20, 4, 50, 0.1, 0.1, 1, 1) { EnergyOneSigmaMev = 5 };
        TrainingDomain domain = CompactDomain.Of(model, structures, new ModelProvenance(null, "", 15, 5, "{}", 1, errors, errors));
        CompactModel vouching = new(model.Settings, model.Species, domain);
        CompactPotential potential = (CompactPotential)PotentialFile.FromBytes(CompactModelFile.Write(vouching, null));

        double[] known = [.. structures.Select(c => potential.Evaluate(c).Uncertainty!.Value)];
        Assert.Equal(0.005, known[15..].Order().ElementAt(2), 1e-5);
        Assert.InRange(known.Average(), 0.003, 0.007);
        Assert.True(potential.Evaluate(TestCrystals.Random(6, 4, 9)).Uncertainty > 3 * known.Max());
        Assert.True(potential.Evaluate(TestCrystals.H3S(3.6, 1, 0.1)).Uncertainty > 3 * known.Max());

        // The kernel says what the definition says, atom by atom.
        Crystal crystal = TestCrystals.H3S(3.1, 1, 0.1);
        int[] species = model.SpeciesOf(crystal);
        int q = model.Settings.Descriptors;
        double[] descriptors = CompactDescriptors.Normalised(model, crystal, species), atoms = potential.AtomUncertainties(crystal)!;
        for (int i = 0; i < atoms.Length; i++)
            Assert.Equal(domain.Scale * Math.Sqrt(domain.Species[species[i]].SquaredDistance(descriptors.AsSpan(i * q, q))), atoms[i], 1e-10);
    }

    [Fact]
    public void What_another_model_taught_is_not_vouched_for()
    {
        Frame[] labelled = MorseCrystals.Labelled(16);
        // Cells twice as dense: no label is near them.
        Frame[] taught = [.. labelled.Select(f => new Frame(new Crystal(0.8 * f.Crystal.Lattice, f.Crystal.Elements, f.Crystal.Fractional)) { Energy = f.Energy, Forces = f.Forces })];
        TrainingSettings settings = TrainingSettings.Default with { MaxEpochs = 3, HoldOut = 0, KeepLast = true };
        byte[] bytes = PotentialTrainer.Train(new(labelled[..12], null, settings, 1) { Taught = taught, HeldOut = labelled[12..] }).ModelBytes;
        IPotential potential = PotentialFile.FromBytes(bytes);
        double Largest(IEnumerable<Frame> frames) => frames.Max(f => potential.Evaluate(f.Crystal).Uncertainty!.Value);
        double Smallest(IEnumerable<Frame> frames) => frames.Min(f => potential.Evaluate(f.Crystal).Uncertainty!.Value);
        Assert.True(Smallest(taught) > Largest(labelled), $"{Smallest(taught)} and {Largest(labelled)} eV/atom");
    }

    [Fact]
    public void Calibration_tells_a_good_estimate_from_a_useless_one()
    {
        Random random = new(3);
        Crystal crystal = new(Mat3.Identity, [TestCrystals.H], [0, 0, 0]);
        List<Frame> frames = [];
        List<PotentialResult> honest = [], useless = [];
        for (int i = 0; i < 300; i++)
        {
            double uncertainty = 0.001 + random.NextDouble(), error = uncertainty * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(6.283185307 * random.NextDouble());
            frames.Add(new Frame(crystal, 1.0));
            honest.Add(new PotentialResult(1 + error, [0, 0, 0], Mat3.Zero, uncertainty));
            useless.Add(new PotentialResult(1 + error, [0, 0, 0], Mat3.Zero, random.NextDouble()));
        }
        Calibration good = Calibration.Of(frames, honest), bad = Calibration.Of(frames, useless);
        Assert.InRange(good.Spread, 0.85, 1.15);
        Assert.True(good.Correlation > 0.35 && good.RankCorrelation > 0.35);
        Assert.InRange(good.Within, 0.6, 0.76);
        Assert.InRange(bad.Correlation, -0.15, 0.15);
    }
}
