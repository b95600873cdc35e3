using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Tests;

namespace Csp.Learning.Tests;

/// <summary>Weights files that are damaged, truncated or hostile end in one sentence, and nothing in them is executed.</summary>
public class CheckpointTests
{
    [Fact]
    public void A_pickle_that_asks_for_code_is_refused()
    {
        string marker = Path.Combine(Path.GetTempPath(), $"csp-pickle-{Guid.NewGuid():N}");
        CheckpointException error = Assert.Throws<CheckpointException>(() => OpenPickle($"\u0080\u0002cposix\nsystem\nX{Length("touch " + marker)}touch {marker}\u0085R."));
        Assert.Contains("posix.system", error.Message);
        Assert.Contains("refused", error.Message);
        Assert.False(File.Exists(marker));
    }

    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("importlib.util", "module_from_spec")]
    public void Dangerous_names_are_refused(string module, string name) =>
        Assert.Contains("refused", Assert.Throws<CheckpointException>(() => OpenPickle($"\u0080\u0002c{module}\n{name}\n.")).Message);

    [Fact]
    public void An_unexpected_instruction_is_named() =>
        Assert.Contains("0x69", Assert.Throws<CheckpointException>(() => OpenPickle("\u0080\u0002(iposix\nsystem\n.")).Message);

    [Fact]
    public void An_unknown_class_in_place_of_the_weights_is_named()
    {
        // {'model': some.module.Network()}
        CheckpointException error = Assert.Throws<CheckpointException>(() => OpenPickle("\u0080\u0002}X\u0005\0\0\0modelcsome.module\nNetwork\n)\u0081s.").Tensors("model"));
        Assert.Contains("some.module.Network", error.Message);
    }

    [Fact]
    public void Optimizer_objects_foreign_locations_and_strided_views_change_nothing()
    {
        using TorchCheckpoint plain = TorchCheckpoint.Open(SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth"));
        using TorchCheckpoint odd = TorchCheckpoint.Open(SharedData.Require("reference/mattersim/m3gnet-small-seed0-odd-container.pth"));
        IReadOnlyDictionary<string, CheckpointTensor> a = plain.Tensors("model"), b = odd.Tensors("model");
        Assert.Equal(a.Keys.Order(), b.Keys.Order());
        foreach ((string name, CheckpointTensor tensor) in a)
        {
            Assert.Equal(tensor.Shape, b[name].Shape);
            Assert.Equal(tensor.Values, b[name].Values);
        }
    }

    [Fact]
    public void Damaged_files_end_in_one_sentence()
    {
        byte[] torch = File.ReadAllBytes(SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth"));
        byte[] safe = File.ReadAllBytes(SharedData.Require("models/M3GNet-MP-2021.2.8-PES/model.safetensors"));
        string path = Path.Combine(Path.GetTempPath(), $"csp-damaged-{Guid.NewGuid():N}.pth");
        Random random = new(5);
        int refused = 0;
        try
        {
            for (int trial = 0; trial < 60; trial++)
            {
                byte[] bytes = trial % 2 == 0 ? torch[..random.Next(torch.Length)] : (byte[])torch.Clone();
                // The directory and the pickle are at the end; a changed weight is no damage that could be noticed.
                for (int k = 0; trial % 2 == 1 && k < 20; k++)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                File.WriteAllBytes(path, bytes);
                refused += Refused(() => ModelImporter.Read(path));
                refused += Refused(() => SafeTensors.Parse(safe.AsMemory(0, random.Next(safe.Length)), "cut"));
            }
        }
        finally
        {
            File.Delete(path);
        }
        Assert.True(refused >= 60, $"only {refused} damaged files were refused");
    }

    [Fact]
    public void An_imported_model_file_gives_the_same_energy_as_its_source()
    {
        string source = SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth");
        string folder = Path.Combine(Path.GetTempPath(), $"csp-import-{Guid.NewGuid():N}");
        try
        {
            string file = ModelImporter.Import(source, folder);
            Crystal crystal = ExtXyz.Read(SharedData.Require("reference/mattersim/h3s_r3m.extxyz"))[0].Crystal;
            using GraphPotential direct = new(ModelImporter.Read(source), Precision.Float32, "direct");
            Assert.Equal(direct.Evaluate(crystal).Energy, PotentialFile.Load(file).Evaluate(crystal).Energy);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_file_that_matgl_writes_beside_its_weights_is_read()
    {
        string source = SharedData.Require("models/M3GNet-MP-2021.2.8-PES");
        using JsonDocument packed = JsonDocument.Parse(File.ReadAllText(Path.Combine(source, "config.json")));
        string own = $$$"""
            {"@class": "Potential", "@module": "matgl.apps.pes", "@model_version": 2, "metadata": null, "kwargs": {
              "model": {"@class": "M3GNet", "@module": "matgl.models._m3gnet", "@model_version": 2, "init_args": {
                "element_types": {{{packed.RootElement.GetProperty("element_types").GetRawText()}}},
                {{{packed.RootElement.GetProperty("hyperparameters").GetRawText().Trim()[1..]}}} },
              "data_mean": "tensor(0.)", "data_std": "tensor(4.58613348, device='cuda:0')", "element_refs": "tensor([ -3.47245765, ...])", "calc_repuls": false }}
            """;
        string folder = Directory.CreateTempSubdirectory("csp-matgl-").FullName;
        try
        {
            File.CreateSymbolicLink(Path.Combine(folder, "model.safetensors"), Path.Combine(source, "model.safetensors"));
            File.WriteAllText(Path.Combine(folder, "model.json"), own);
            EdgeGraphModel expected = ModelImporter.Read(source), actual = ModelImporter.Read(Path.Combine(folder, "model.json"));
            Assert.Equal(expected.ToFile(expected.Weights, null).ToBytes(), actual.ToFile(actual.Weights, null).ToBytes());
            File.WriteAllText(Path.Combine(folder, "model.json"), own.Replace("\"calc_repuls\": false", "\"calc_repuls\": true"));
            Assert.Contains("calc_repuls", Assert.Throws<CheckpointException>(() => ModelImporter.Read(folder)).Message);
            File.WriteAllText(Path.Combine(folder, "model.json"), own.Replace("\"M3GNet\"", "\"QET\""));
            Assert.Contains("'QET'", Assert.Throws<CheckpointException>(() => ModelImporter.Read(folder)).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // 1 when the reader refuses with its own exception; any other exception fails the test.
    private static int Refused(Action read)
    {
        try
        {
            read();
            return 0;
        }
        catch (CheckpointException)
        {
            return 1;
        }
    }

    private static string Length(string text) => string.Concat(BitConverter.GetBytes(text.Length).Select(b => (char)b));

    // A checkpoint whose data.pkl has these bytes (Latin-1).
    private static TorchCheckpoint OpenPickle(string pickle)
    {
        string path = Path.Combine(Path.GetTempPath(), $"csp-pickle-{Guid.NewGuid():N}.pth");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream stream = archive.CreateEntry("archive/data.pkl").Open();
            stream.Write(Encoding.Latin1.GetBytes(pickle));
        }
        try
        {
            return TorchCheckpoint.Open(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
