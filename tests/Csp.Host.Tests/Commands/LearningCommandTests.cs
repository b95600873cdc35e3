using System.Diagnostics;
using System.Text.Json;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Tests;

namespace Csp.Host.Tests.Commands;

/// <summary><c>csp train</c>, <c>csp evaluate</c> and <c>csp model</c> as a person uses them one after the other.</summary>
public sealed class LearningCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-learning-").FullName;

    private static string Teacher => Path.Combine(Repository.Root, "models", "h-s", "model.csp");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<CspProcess.Outcome> CspAsync(params string[] arguments) => CspProcess.RunAsync(arguments, _folder);

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        CspProcess.Outcome csp = await CspAsync([.. arguments, "--json"]);
        Assert.Equal("", csp.Error);
        Assert.Equal(0, csp.ExitCode);
        return JsonDocument.Parse(csp.Output).RootElement;
    }

    [Fact]
    public async Task A_model_is_trained_judged_trained_on_and_exported()
    {
        StructureFile.Write(At("start.extxyz"), Cells(24).Select(c => new Frame(c)));
        StructureFile.Write(At("replay.extxyz"), Cells(4, seed: 8).Select(c => new Frame(c)));
        JsonElement labelled = await JsonAsync("evaluate", "--model", Teacher, "--in", "start.extxyz", "--out", "labels.extxyz");
        Assert.Equal(24, labelled.GetProperty("results").GetArrayLength());
        Assert.Equal(0, labelled.GetProperty("errors").GetArrayLength());

        // What the atoms contribute makes the uncertainty of the structure.
        JsonElement first = labelled.GetProperty("results")[0];
        double[] atoms = [.. first.GetProperty("atomUncertaintiesEv").EnumerateArray().Select(a => a.GetDouble())];
        Assert.Equal(Math.Sqrt(atoms.Average(a => a * a)), first.GetProperty("uncertainty").GetDouble(), 1e-12);

        JsonElement trained = await JsonAsync("train", "--data", "labels.extxyz", "--hold-out", "0.25", "--epochs", "30", "--cutoff", "4:3", "--neurons", "4", "--threads", "1", "--out", "a.csp");
        JsonElement from = await ProvenanceAsync("a.csp");
        Assert.Equal(JsonValueKind.Null, from.GetProperty("parentHash").ValueKind);
        Assert.Matches("^[0-9a-f]{64}$", from.GetProperty("dataHash").GetString());
        Assert.Equal(24, from.GetProperty("trainingStructures").GetInt32() + from.GetProperty("holdOutStructures").GetInt32());
        Assert.Contains("\"MaxEpochs\":30", from.GetProperty("settings").GetString());
        foreach (string part in new[] { "training", "holdOut" })
            Assert.True(JsonElement.DeepEquals(trained.GetProperty(part), from.GetProperty(part)));

        CspProcess.Outcome judged = await CspAsync("evaluate", "--model", "a.csp", "--in", "labels.extxyz", "--parity", "parity.png");
        foreach (string row in new[] { "all  ", "H3S ", "HS ", " GPa ", "E MAE meV/atom", "F RMSE", "S RMSE", "uncertainty against true energy error: correlation" })
            Assert.Contains(row, judged.Output);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], File.ReadAllBytes(At("parity.png"))[..8]);

        await JsonAsync(
            "train", "--data", "labels.extxyz", "--from", "a.csp", "--freeze", "*.radial", "--freeze", "H.*", "--replay", "replay.extxyz", "--epochs", "5", "--keep-last", "--threads", "1", "--out", "b.csp");
        JsonElement second = await ProvenanceAsync("b.csp");
        Assert.Equal(PotentialFile.Hash(File.ReadAllBytes(At("a.csp"))), second.GetProperty("parentHash").GetString());
        Assert.Equal(4, second.GetProperty("modelLabelledStructures").GetInt32());
        ModelFile before = ModelFile.FromBytes(File.ReadAllBytes(At("a.csp"))), after = ModelFile.FromBytes(File.ReadAllBytes(At("b.csp")));
        foreach (string frozen in new[] { "H.radial", "S.radial", "H.hidden", "H.output" })
            Assert.Equal(before[frozen], after[frozen]);
        Assert.NotEqual(before["S.hidden"], after["S.hidden"]);

        Assert.Equal(0, (await CspAsync("model", "export", "a.csp", "--onnx", "a.onnx")).ExitCode);
        Assert.Equal(0, (await CspAsync("model", "export", "a.csp,b.csp", "--onnx", "both.onnx", "--batch", "4")).ExitCode);
        JsonElement exported = await JsonAsync("model", "info", "both.onnx");
        Assert.Equal((4, true, 2), (exported.GetProperty("batch").GetInt32(), exported.GetProperty("committee").GetBoolean(), exported.GetProperty("species").GetArrayLength()));
        double[] alone = [.. (await JsonAsync("evaluate", "--model", "a.csp", "--in", "labels.extxyz")).GetProperty("results").EnumerateArray().Select(Energy)];
        double[] other = [.. (await JsonAsync("evaluate", "--model", "b.csp", "--in", "labels.extxyz")).GetProperty("results").EnumerateArray().Select(Energy)];
        foreach (string committee in new[] { "a.onnx,b.csp", "both.onnx" })
        {
            JsonElement[] both = [.. (await JsonAsync("evaluate", "--model", committee, "--in", "labels.extxyz")).GetProperty("results").EnumerateArray()];
            for (int i = 0; i < both.Length; i++)
            {
                Assert.Equal((alone[i] + other[i]) / 2, Energy(both[i]), 1e-6);
                Assert.Equal(Math.Abs(alone[i] - other[i]) / Math.Sqrt(2) / (i % 2 == 0 ? 4 : 2), both[i].GetProperty("uncertainty").GetDouble(), 1e-6);
            }
        }

        static double Energy(JsonElement result) => result.GetProperty("energyEv").GetDouble();
    }

    [Fact]
    public async Task A_foundation_model_is_imported_tuned_with_its_first_block_frozen_and_distilled()
    {
        string published = SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth");
        StructureFile.Write(At("start.extxyz"), Cells(6).Select(c => new Frame(c)));
        Assert.Equal(0, (await CspAsync("model", "import", published, "--out", "imported")).ExitCode);
        JsonElement info = await JsonAsync("model", "info", "imported");
        Assert.Equal($"m3gnet-small-seed0.pth, sha256 {PotentialFile.Hash(File.ReadAllBytes(published))}", info.GetProperty("source").GetString());
        JsonElement labelled = await JsonAsync("evaluate", "--model", "imported", "--in", "start.extxyz", "--out", "labels.extxyz");
        Assert.StartsWith("m3gnet", labelled.GetProperty("model").GetString());

        await JsonAsync("train", "--data", "labels.extxyz", "--from", "imported", "--freeze", "block0.*", "embedding", "--epochs", "1", "--keep-last", "--threads", "1", "--out", "tuned.csp");
        ModelFile before = ModelFile.FromBytes(File.ReadAllBytes(At("imported/model.csp"))), after = ModelFile.FromBytes(File.ReadAllBytes(At("tuned.csp")));
        Assert.Equal(before["block0.three.gate.weight"], after["block0.three.gate.weight"]);
        Assert.Equal(before["embedding"], after["embedding"]);
        Assert.NotEqual(before["block1.three.gate.weight"], after["block1.three.gate.weight"]);

        await JsonAsync("train", "--data", "start.extxyz", "--teacher", "imported", "--epochs", "3", "--cutoff", "4:3", "--neurons", "3", "--threads", "1", "--out", "student.csp");
        JsonElement from = await ProvenanceAsync("student.csp");
        Assert.Equal(6, from.GetProperty("trainingStructures").GetInt32() + from.GetProperty("holdOutStructures").GetInt32());
    }

    [Fact]
    public async Task A_tensornet_is_trained_from_nothing_and_sizes_of_another_family_are_refused()
    {
        StructureFile.Write(At("start.extxyz"), Cells(6).Select(c => new Frame(c)));
        await JsonAsync("evaluate", "--model", Teacher, "--in", "start.extxyz", "--out", "labels.extxyz");
        string[] request = ["train", "--data", "labels.extxyz", "--epochs", "2", "--threads", "1", "--out", "t.csp", "--architecture"];
        await JsonAsync([.. request, "tensornet", "--channels", "4", "--cutoff", "3.5"]);
        Assert.Equal("tensornet", (await JsonAsync("model", "info", "t.csp")).GetProperty("architecture").GetString());
        Assert.Equal(6, (await JsonAsync("evaluate", "--model", "t.csp", "--in", "labels.extxyz")).GetProperty("results").GetArrayLength());

        async Task<string> Refusal(params string[] more) => (await CspAsync([.. request, .. more])).Sentence;
        Assert.Equal("csp: a tensornet has one cutoff, and no --neurons", await Refusal("tensornet", "--neurons", "5"));
        Assert.Equal("csp: --channels is for --architecture tensornet", await Refusal("compact", "--channels", "5"));
        Assert.Contains("nonsense", await Refusal("nonsense"));
        Assert.Contains("fine-tuned from published weights", await Refusal("m3gnet"));
        Assert.Contains("keeps its sizes", await Refusal("tensornet", "--from", "t.csp"));
    }

    [Fact]
    public async Task An_interrupted_training_goes_on_and_ends_in_the_same_bytes()
    {
        StructureFile.Write(At("start.extxyz"), Cells(40).Select(c => new Frame(c)));
        await JsonAsync("evaluate", "--model", Teacher, "--in", "start.extxyz", "--out", "labels.extxyz");
        string[] request = ["train", "--data", "labels.extxyz", "--hold-out", "0.25", "--epochs", "250", "--cutoff", "4:3", "--neurons", "4", "--threads", "1"];
        Assert.Equal(0, (await CspAsync([.. request, "--out", "whole.csp"])).ExitCode);
        Assert.False(File.Exists(At("whole.csp.state")));

        CspProcess.Outcome nothing = await CspAsync([.. request, "--resume", "--out", "a.csp"]);
        Assert.Equal("csp: there is no training to resume: a.csp.state does not exist", nothing.Sentence);
        using (Process process = CspProcess.Start([.. request, "--out", "a.csp"], _folder))
        {
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (!File.Exists(At("a.csp.state")) && !process.HasExited)
                await Task.Delay(20, TestContext.Current.CancellationToken);
            await Task.Delay(500, TestContext.Current.CancellationToken);
            await CspProcess.InterruptAsync(process);
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("csp: the same command with --resume goes on from a.csp.state", await error);
        }
        Assert.False(File.Exists(At("a.csp")));

        CspProcess.Outcome other = await CspAsync([.. request, "--resume", "--seed", "2", "--out", "a.csp"]);
        Assert.Equal("csp: the training cannot be resumed: its state is of other data, settings, seed or parent", other.Sentence);
        Assert.Equal(1, other.ExitCode);
        Assert.Equal(0, (await CspAsync([.. request, "--resume", "--out", "a.csp"])).ExitCode);
        Assert.Equal(File.ReadAllBytes(At("whole.csp")), File.ReadAllBytes(At("a.csp")));
        Assert.False(File.Exists(At("a.csp.state")));
    }

    [Theory]
    [InlineData("model import nowhere.pth --out m", "csp: nowhere.pth: does not exist")]
    [InlineData("model import empty.pth --out m", "csp: empty.pth: is no PyTorch checkpoint")]
    [InlineData("model import . --out m", "csp: .: holds neither model.safetensors nor state.pt")]
    [InlineData("model info nowhere.csp", "csp: nowhere.csp cannot be read")]
    [InlineData("model info empty.pth", "csp: empty.pth: this is not a Csp model file")]
    [InlineData("model export cut.csp --onnx a.onnx", "csp: cut.csp: the model file is damaged")]
    [InlineData("model export whole.csp,stranger.csp --onnx a.onnx", "csp: stranger.csp: the model file holds a model of the family 'stranger', which this program does not know")]
    [InlineData("model info stranger.csp", "csp: stranger.csp: the model file holds a model of the family 'stranger', which this program does not know")]
    [InlineData("evaluate --model cut.csp --in a.vasp", "csp: cut.csp: the model file is damaged")]
    [InlineData("evaluate --model empty.pth --in a.vasp", "csp: empty.pth: this is not a Csp model file")]
    [InlineData("train --data a.vasp --out b.csp", "csp: a.vasp, structure 1 has no energy")]
    [InlineData("train --data labels.extxyz --from empty.pth --out b.csp", "csp: empty.pth: ")]
    [InlineData("train --data labels.extxyz --from cut.csp --out b.csp", "csp: cut.csp: ")]
    [InlineData("train --data labels.extxyz --from disguised.csp --out b.csp", "csp: disguised.csp: the model file lacks the array")]
    [InlineData("train --data labels.extxyz iron.extxyz --from whole.csp --out b.csp", "csp: iron.extxyz, structure 2: the model of --from does not know Fe")]
    [InlineData("train --data labels.extxyz --out folder", "csp: folder cannot be written: it is a folder")]
    [InlineData("evaluate --model whole.csp, --in a.vasp", "csp: the name of a model is missing in 'whole.csp,'")]
    public async Task Files_that_are_something_else_are_named(string arguments, string sentence)
    {
        File.WriteAllText(At("empty.pth"), "");
        byte[] whole = File.ReadAllBytes(Teacher);
        File.WriteAllBytes(At("whole.csp"), whole);
        File.WriteAllBytes(At("cut.csp"), whole[..^100]);
        ModelFile file = ModelFile.FromBytes(whole);
        File.WriteAllBytes(At("disguised.csp"), new ModelFile(file.Header with { Architecture = "m3gnet" }, file.Arrays).ToBytes());
        File.WriteAllBytes(At("stranger.csp"), new ModelFile(file.Header with { Architecture = "stranger" }, file.Arrays).ToBytes());
        Directory.CreateDirectory(At("folder"));
        File.Copy(Path.Combine(Repository.Root, "models", "h-s", "Im-3m.vasp"), At("a.vasp"));
        Crystal[] cells = [.. Cells(2)];
        StructureFile.Write(At("labels.extxyz"), cells.Select(c => new Frame(c, -1)));
        StructureFile.Write(At("iron.extxyz"), [new Frame(cells[0], -1), new Frame(new Crystal(cells[0].Lattice, [Element.FromSymbol("Fe")], [0, 0, 0]), -1)]);
        CspProcess.Outcome csp = await CspAsync(arguments.Split(' '));
        Assert.StartsWith(sentence, csp.Sentence);
        Assert.Equal(1, csp.ExitCode);
        Assert.False(File.Exists(At("b.csp")) || File.Exists(At("a.onnx")) || Directory.Exists(At("m")));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private async Task<JsonElement> ProvenanceAsync(string model) => (await JsonAsync("model", "info", model)).GetProperty("provenance");

    /// <summary>Displaced cells of H3S and HS in turn, wide and narrow.</summary>
    private static IEnumerable<Crystal> Cells(int count, int seed = 7)
    {
        Random random = new(seed);
        Element h = Element.FromSymbol("H"), s = Element.FromSymbol("S");
        double[] places = [0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
        for (int i = 0; i < count; i++)
        {
            bool four = i % 2 == 0;
            double edge = (four ? 2.55 : 2.45) + 0.3 * random.NextDouble();
            double[] fractional = [.. places[..(four ? 12 : 6)].Select(x => x + 0.06 * (random.NextDouble() - 0.5))];
            yield return new Crystal(Mat3.Diagonal(edge, edge, edge * 1.05), four ? [s, h, h, h] : [s, h], fractional);
        }
    }
}
