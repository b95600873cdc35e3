using System.Text;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Tests.Inference;

/// <summary>ONNX files of other people that break the interface of docs/onnx-interface.md in one place each.</summary>
public class HostileOnnxSpecs
{
    private static readonly Crystal Crystal = TestCrystals.Random(2, 3, 3);

    [Theory]
    [InlineData("numbers are reals", "int64")]
    [InlineData("positions are indices", "float32 or float64")]
    [InlineData("positions are one row", "shape")]
    [InlineData("positions of four atoms", "shape")]
    [InlineData("cell of nine", "shape")]
    [InlineData("energy of indices", "'energy'")]
    [InlineData("unknown input", "voltage")]
    [InlineData("no virial", "'virial' or 'stress'")]
    [InlineData("element of nowhere", "'X?' which")]
    [InlineData("cutoff that is no number", "cutoff")]
    [InlineData("batches without structures", "'batch'")]
    public void Wrong_declarations_are_named_when_the_file_is_opened(string mistake, string said)
    {
        Graph g = new();
        Tensor p = g.Input("positions", "atoms", 3), energy = g.Sum(g.Square(p)), forces = p * -2, virial = g.MatMul(p, p, transposeA: true);
        Dictionary<string, string> metadata = new(OnnxExport.Metadata("springs", 1, [TestCrystals.H, TestCrystals.S]));
        List<(string, Tensor)> outputs = [("energy", energy), ("forces", forces), ("virial", virial)];
        switch (mistake)
        {
            case "numbers are reals":
                outputs[0] = ("energy", energy + g.Sum(g.Input("numbers", "atoms")));
                break;
            case "positions are indices":
                g = new Graph();
                outputs = [("energy", g.Sum(g.Gather(g.Constant([1.0, 2], 2, 1), g.IndexInput("positions", "atoms")))), ("forces", g.Zeros(new Shape(3, 3))), ("virial", g.Zeros(new Shape(3, 3)))];
                break;
            case "positions are one row":
                g = new Graph();
                outputs = [("energy", g.Sum(g.Input("positions", "numbers"))), ("forces", g.Zeros(new Shape(3, 3))), ("virial", g.Zeros(new Shape(3, 3)))];
                break;
            case "positions of four atoms":
                g = new Graph();
                outputs = [("energy", g.Sum(g.Input("positions", 4, 3))), ("forces", g.Zeros(new Shape(3, 3))), ("virial", g.Zeros(new Shape(3, 3)))];
                break;
            case "cell of nine":
                outputs[0] = ("energy", energy + g.Sum(g.Input("cell", 9)));
                break;
            case "energy of indices":
                outputs[0] = ("energy", g.IndexInput("numbers", "atoms"));
                break;
            case "unknown input":
                outputs[0] = ("energy", energy + g.Sum(g.Input("voltage", "atoms")));
                break;
            case "no virial":
                outputs.RemoveAt(2);
                break;
            case "element of nowhere":
                metadata["elements"] = "H X\u001b";
                break;
            case "batches without structures":
                metadata["batch"] = "8";
                break;
            default:
                metadata["cutoff"] = "NaN";
                break;
        }
        Assert.Contains(said.Split(' ')[0], Sentence(() => PotentialFile.FromBytes(OnnxEmitter.Emit(outputs, Precision.Float64, metadata: metadata))));
    }

    [Theory]
    [InlineData("energy is not a number", "not finite")]
    [InlineData("forces lie on their side", "[3,2] instead of [2,3]")]
    [InlineData("energy of every atom", "[2] instead of [1]")]
    [InlineData("virial in a row", "[9] instead of [3,3]")]
    [InlineData("committee of one", "'energies'")]
    [InlineData("rows out of range", "ONNX Runtime")]
    public void Wrong_answers_are_named_when_they_come(string mistake, string said)
    {
        Graph g = new();
        Tensor p = g.Input("positions", "atoms", 3), energy = g.Sum(g.Square(p)), forces = p * -2, virial = g.MatMul(p, p, transposeA: true);
        List<(string, Tensor)> outputs = mistake switch
        {
            "energy is not a number" => [("energy", g.Log(energy * -1)), ("forces", forces), ("virial", virial)],
            "forces lie on their side" => [("energy", energy), ("forces", g.Transpose(forces, 1, 0)), ("virial", virial)],
            "energy of every atom" => [("energy", g.SumOver(g.Square(p), 1)), ("forces", forces), ("virial", virial)],
            "committee of one" => [("energy", energy), ("forces", forces), ("virial", virial), ("energies", g.Reshape(energy, 1, 1))],
            "virial in a row" => [("energy", energy), ("forces", forces), ("virial", g.Reshape(virial, 9))],
            _ => [("energy", g.Sum(g.Gather(g.Constant([1.0, 2], 2, 1), g.IndexInput("numbers", "atoms")))), ("forces", forces), ("virial", virial)],
        };
        byte[] file = OnnxEmitter.Emit(outputs, Precision.Float64, metadata: OnnxExport.Metadata("springs", 1, [TestCrystals.H, TestCrystals.S]));
        IPotential potential = PotentialFile.FromBytes(file);
        Assert.Contains(said, Sentence(() => potential.Evaluate(Crystal)));
    }

    [Theory]
    [InlineData("/etc/hostname", "initializer")]
    [InlineData("../../../../etc/hostname", "initializer")]
    [InlineData("weights.bin", "initializer")]
    [InlineData("/etc/hostname", "attribute")]
    [InlineData("/etc/hostname", "subgraph")]
    [InlineData("/etc/hostname", "function")]
    public void Numbers_in_other_files_are_not_fetched(string location, string place)
    {
        Graph g = new();
        Tensor p = g.Input("positions", "atoms", 3);
        byte[] file = OnnxEmitter.Emit(
            [("energy", g.Sum(g.Square(p))), ("forces", p * -2), ("virial", g.MatMul(p, p, transposeA: true))], Precision.Float64,
            metadata: OnnxExport.Metadata("springs", 1, [TestCrystals.H, TestCrystals.S]));
        PotentialFile.FromBytes(file).Evaluate(Crystal);

        OnnxMessage external = new OnnxMessage().Int(1, 1).Int(2, 1).Text(8, "stolen").Int(14, 1)
            .Message(13, new OnnxMessage().Text(1, "location").Text(2, location)).Message(13, new OnnxMessage().Text(1, "length").Text(2, "4"));
        OnnxMessage attribute = new OnnxMessage().Text(1, "value").Message(5, external).Int(20, 4);
        OnnxMessage constant = new OnnxMessage().Text(2, "stolen").Text(4, "Constant").Message(5, attribute);
        // A repeated field of a protocol buffer is merged with the one before it: this adds to the graph of the model.
        OnnxMessage addition = place switch
        {
            "initializer" => new OnnxMessage().Message(7, new OnnxMessage().Message(5, external)),
            "attribute" => new OnnxMessage().Message(7, new OnnxMessage().Message(1, constant)),
            "subgraph" => new OnnxMessage().Message(7, new OnnxMessage().Message(1, new OnnxMessage().Text(4, "If").Message(5, new OnnxMessage().Text(1, "then_branch").Message(6, new OnnxMessage().Message(1, constant)).Int(20, 5)))),
            _ => new OnnxMessage().Message(25, new OnnxMessage().Text(1, "f").Message(7, constant)),
        };
        Assert.Contains("another file", Sentence(() => PotentialFile.FromBytes((byte[])[.. file, .. addition.ToArray()])));
    }

    [Fact]
    public void Nested_messages_and_the_runtime_s_own_format_are_refused()
    {
        // Graphs within attributes within nodes, a thousand deep.
        OnnxMessage graph = new();
        for (int i = 0; i < 1000; i++)
            graph = new OnnxMessage().Message(1, new OnnxMessage().Message(5, new OnnxMessage().Message(6, graph)));
        Sentence(() => PotentialFile.FromBytes((byte[])[0x08, 0x09, .. new OnnxMessage().Message(7, graph).ToArray()]));
        byte[] flat = new byte[256];
        (flat[0], flat[1]) = (0x08, 0x10);
        Encoding.ASCII.GetBytes("ORTM").CopyTo(flat, 4);
        Sentence(() => PotentialFile.FromBytes(flat));
    }

    private static string Sentence(Action action)
    {
        string message = Assert.Throws<PotentialException>(action).Message;
        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 10, 600);
        return message;
    }
}
