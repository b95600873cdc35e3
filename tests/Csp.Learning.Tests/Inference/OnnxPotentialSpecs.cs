using Csp.Learning.Architectures;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Tests;
using Xunit;

namespace Csp.Learning.Tests.Inference;

public class OnnxPotentialSpecs
{
    [Fact]
    public void An_exported_compact_potential_is_the_same_potential()
    {
        CompactModel model = TestCrystals.Model(new CompactSettings { Hidden = 8, MixChannels = true });
        IPotential exported = PotentialFile.FromBytes(PotentialFile.ToOnnx([CompactModelFile.Write(model, null)], Precision.Float64));
        CompactReference reference = new(model);
        Assert.True(exported.Supports(TestCrystals.H) && !exported.Supports(Element.FromSymbol("O")));
        foreach (Crystal crystal in new[] { TestCrystals.Random(5, 1.5, 4), TestCrystals.H3S(3, 1, 0.2), TestCrystals.Random(1, 3, 2) })
        {
            PotentialResult expected = reference.Evaluate(crystal), actual = exported.Evaluate(crystal);
            double scale = expected.Forces.Max(Math.Abs) + 10;
            Assert.Equal(0, (expected.Energy - actual.Energy) / scale, 1e-10);
            for (int i = 0; i < expected.Forces.Length; i++)
                Assert.Equal(0, (expected.Forces[i] - actual.Forces[i]) / scale, 1e-10);
            Assert.Equal(0, (expected.Stress - actual.Stress).Norm / (1 + expected.Stress.Norm), 1e-10);
        }
    }

    [Theory]
    [InlineData("reference/mattersim/m3gnet-small-seed0.pth")]
    [InlineData("models/M3GNet-MP-2021.2.8-PES")]
    [InlineData("models/M3GNet-MatPES-PBE-v2025.1-PES")]
    [InlineData("models/TensorNet-MatPES-PBE-v2025.1-PES")]
    public void An_exported_graph_potential_is_the_same_potential(string model)
    {
        EdgeGraphModel imported = ModelImporter.Read(SharedData.Require(model));
        byte[] file = imported.ToFile(imported.Weights, provenance: null).ToBytes();
        using GraphPotential direct = new(imported, Precision.Float64, "direct");
        using OnnxPotential exported = (OnnxPotential)PotentialFile.FromBytes(PotentialFile.ToOnnx([file], Precision.Float64));
        Assert.Equal(imported.Species.All(direct.Supports), imported.Species.All(exported.Supports));
        Crystal boxed = new(Mat3.Diagonal(9, 9, 9), [TestCrystals.H, TestCrystals.H], [0, 0, 0, 0.3, 0.1, 0]);
        foreach (Crystal crystal in new[] { TestCrystals.Random(5, 1.5, 4), TestCrystals.H3S(3, 1, 0.2), boxed })
        {
            PotentialResult expected = direct.Evaluate(crystal), actual = exported.Evaluate(crystal);
            double scale = expected.Forces.Max(Math.Abs) + 10;
            Assert.Equal(0, (expected.Energy - actual.Energy) / scale, 1e-9);
            for (int i = 0; i < expected.Forces.Length; i++)
                Assert.Equal(0, (expected.Forces[i] - actual.Forces[i]) / scale, 1e-9);
            Assert.Equal(0, (expected.Stress - actual.Stress).Norm / (1 + expected.Stress.Norm), 1e-9);
        }
    }

    [Theory]
    [InlineData("compact", 3)]
    [InlineData("m3gnet", 2)]
    public void A_file_for_batches_says_of_each_crystal_what_it_says_of_it_alone(string family, int batch)
    {
        byte[] model = CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 5, AngularChannels = 2 }), null);
        if (family == "m3gnet")
        {
            EdgeGraphModel imported = ModelImporter.Read(SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth"));
            model = imported.ToFile(imported.Weights, null).ToBytes();
        }
        IPotential alone = PotentialFile.FromBytes(PotentialFile.ToOnnx([model], Precision.Float64)), many = PotentialFile.FromBytes(PotentialFile.ToOnnx([model], Precision.Float64, batch));
        const int copies = 7;
        Crystal reference = TestCrystals.H3S(3.1);
        int n = 3 * reference.Count;
        double[] positions = [.. Enumerable.Range(0, copies).SelectMany(c => TestCrystals.H3S(3.1, 1, 0.1 * c, seed: c).Cartesian())];
        double[] energies = new double[copies], forces = new double[copies * n], stresses = new double[9 * copies];
        many.EvaluateCopies(reference, positions, energies, forces, stresses);
        for (int c = 0; c < copies; c++)
        {
            PotentialResult one = alone.Evaluate(reference.WithCartesian(positions.AsSpan(c * n, n)));
            double scale = one.Forces.Max(Math.Abs) + 10;
            Assert.Equal(0, (one.Energy - energies[c]) / scale, 1e-10);
            for (int i = 0; i < n; i++)
                Assert.Equal(0, (one.Forces[i] - forces[c * n + i]) / scale, 1e-10);
            Assert.Equal(0, (one.Stress - Mat3.FromSpan(stresses.AsSpan(9 * c, 9))).Norm / (1 + one.Stress.Norm), 1e-10);
        }
        Crystal other = TestCrystals.Random(5, 3, 4);
        Assert.Equal(alone.Evaluate(other).Energy, many.Evaluate(other).Energy, 1e-8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_committee_in_one_file_is_the_committee_of_its_members(int batch)
    {
        byte[][] members = [.. new[] { 4.8, 4.2, 4.5 }.Select((cutoff, k) =>
            CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 3, AngularChannels = 2, RadialCutoff = cutoff }, seed: 3 + k), null))];
        IPotential expected = new CommitteePotential([.. members.Select(m => PotentialFile.FromBytes(m))]);
        IPotential actual = PotentialFile.FromBytes(PotentialFile.ToOnnx(members, Precision.Float64, batch));
        foreach (Crystal crystal in new[] { TestCrystals.H3S(3, 1, 0.2), TestCrystals.Random(5, 3, 4) })
        {
            PotentialResult a = expected.Evaluate(crystal), b = actual.Evaluate(crystal);
            double scale = a.Forces.Max(Math.Abs) + 10;
            Assert.Equal(0, (a.Energy - b.Energy) / scale, 1e-9);
            Assert.Equal(0, a.Forces.Zip(b.Forces, (x, y) => Math.Abs(x - y)).Max() / scale, 1e-9);
            Assert.Equal(0, (a.Stress - b.Stress).Norm / (1 + a.Stress.Norm), 1e-9);
            Assert.Equal(a.Uncertainty!.Value, b.Uncertainty!.Value, 1e-8 * scale);
        }
    }

    [Fact]
    public void Files_that_are_no_potential_are_refused_in_one_sentence()
    {
        Graph graph = new();
        Tensor x = graph.Input("voltage", "n", 1);
        byte[] other = OnnxEmitter.Emit([("energy", graph.Sum(x))], Precision.Float32);
        Assert.Contains("voltage", OneSentence(other));
        graph = new();
        Tensor p = graph.Input("positions", "atoms", 3);
        Assert.Contains("forces", OneSentence(OnnxEmitter.Emit([("energy", graph.Sum(p))], Precision.Float32)));
        Assert.Contains("cutoff", OneSentence(OnnxEmitter.Emit([("energy", graph.Sum(p)), ("forces", p * 2), ("virial", graph.Zeros(new Shape(3, 3)))], Precision.Float32)));
        OneSentence([0x08, 0x09, 1, 2, 3, 4]);
        OneSentence(other[..(other.Length / 2)]);
    }

    private static string OneSentence(byte[] bytes)
    {
        PotentialException e = Assert.Throws<PotentialException>(() => PotentialFile.FromBytes(bytes));
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }
}
