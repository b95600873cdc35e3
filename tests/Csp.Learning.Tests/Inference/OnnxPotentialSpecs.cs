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
        IPotential exported = PotentialFile.FromBytes(PotentialFile.ToOnnx(CompactModelFile.Write(model, null), Precision.Float64));
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
        using OnnxPotential exported = (OnnxPotential)PotentialFile.FromBytes(PotentialFile.ToOnnx(file, Precision.Float64));
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
