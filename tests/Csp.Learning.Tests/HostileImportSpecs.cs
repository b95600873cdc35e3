using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Tests;

namespace Csp.Learning.Tests;

/// <summary>What <c>csp model import</c> may be pointed at: folders that lack something, and checkpoints whose sizes are lies.</summary>
public sealed class HostileImportSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csp-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folders_that_lack_something()
    {
        string source = SharedData.Require("models/M3GNet-MP-2021.2.8-PES");
        Assert.Contains("does not exist", Sentence(Path.Combine(_folder, "nowhere")));
        Assert.Contains("neither model.safetensors nor state.pt", Sentence(_folder));
        Copy("config.json");
        Assert.Contains("neither model.safetensors nor state.pt", Sentence(_folder));
        Assert.Contains("neither model.safetensors nor state.pt", Sentence(Path.Combine(_folder, "config.json")));
        File.Delete(Path.Combine(_folder, "config.json"));
        Copy("model.safetensors");
        Assert.Contains("neither config.json nor model.json", Sentence(_folder));
        Directory.CreateDirectory(Path.Combine(_folder, "config.json"));
        Assert.Contains("neither config.json nor model.json", Sentence(_folder));
        Directory.Delete(Path.Combine(_folder, "config.json"));
        File.WriteAllText(Path.Combine(_folder, "config.json"), "");
        Assert.Contains("config.json", Sentence(_folder));
        Copy("config.json");
        byte[] expected = Bytes(ModelImporter.Read(_folder));

        // Both files of each pair: config.json and safetensors count, and the pickle is not opened.
        File.WriteAllText(Path.Combine(_folder, "model.json"), "nonsense");
        File.WriteAllText(Path.Combine(_folder, "state.pt"), "nonsense");
        Assert.Equal(expected, Bytes(ModelImporter.Read(_folder)));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors"), "");
        Assert.Contains("too short", Sentence(_folder));
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        Assert.Contains("state.pt", Sentence(_folder));
        File.WriteAllText(Path.Combine(_folder, "empty.pth"), "");
        Assert.Contains("no ZIP archive", Sentence(Path.Combine(_folder, "empty.pth")));

        void Copy(string name) => File.WriteAllBytes(Path.Combine(_folder, name), File.ReadAllBytes(Path.Combine(source, name)));

        static byte[] Bytes(EdgeGraphModel model) => model.ToFile(model.Weights, null).ToBytes();
    }

    [Fact]
    public void The_state_dictionary_that_matgl_saves_is_the_same_model()
    {
        string source = SharedData.Require("models/M3GNet-MP-2021.2.8-PES");
        EdgeGraphModel expected = ModelImporter.Read(source);
        File.Copy(Path.Combine(source, "config.json"), Path.Combine(_folder, "config.json"));
        using (ZipArchive archive = ZipFile.Open(Path.Combine(_folder, "state.pt"), ZipArchiveMode.Create))
        {
            // OrderedDict() and one float tensor per storage, as torch.save writes it.
            StringBuilder pickle = new("\u0080\u0002ccollections\nOrderedDict\n)R(");
            int number = 0;
            foreach ((string name, CheckpointTensor tensor) in SafeTensors.Read(Path.Combine(source, "model.safetensors")))
            {
                string key = $"{number++}", size = string.Concat(tensor.Shape.Select(s => "J" + Word((int)s)));
                long[] strides = [.. tensor.Shape.Select((_, d) => tensor.Shape[(d + 1)..].Aggregate(1L, (a, b) => a * b))];
                pickle.Append(Text(name)).Append("ctorch._utils\n_rebuild_tensor_v2\n((").Append(Text("storage")).Append("ctorch\nFloatStorage\n").Append(Text(key)).Append(Text("cuda:0"))
                    .Append('J').Append(Word(tensor.Values.Length)).Append("tQK\0(").Append(size).Append("t(").Append(string.Concat(strides.Select(s => "J" + Word((int)s))))
                    .Append("t\u0089ccollections\nOrderedDict\n)RtR");
                using Stream data = archive.CreateEntry($"state/data/{key}", CompressionLevel.NoCompression).Open();
                foreach (double value in tensor.Values)
                    data.Write(BitConverter.GetBytes((float)value));
            }
            pickle.Append("u.");
            using Stream stream = archive.CreateEntry("state/data.pkl", CompressionLevel.NoCompression).Open();
            stream.Write(Encoding.Latin1.GetBytes(pickle.ToString()));
        }
        EdgeGraphModel actual = ModelImporter.Read(Path.Combine(_folder, "state.pt"));
        Assert.Equal(expected.ToFile(expected.Weights, null).ToBytes(), actual.ToFile(actual.Weights, null).ToBytes());

        static string Text(string text) => "X" + Word(text.Length) + text;
    }

    [Fact]
    public void Weights_of_one_model_beside_the_configuration_of_another()
    {
        string m3gnet = SharedData.Require("models/M3GNet-MatPES-PBE-v2025.1-PES"), tensornet = SharedData.Require("models/TensorNet-MatPES-PBE-v2025.1-PES");
        foreach ((string weights, string config) in new[] { (m3gnet, tensornet), (tensornet, m3gnet), (SharedData.Require("models/M3GNet-MP-2021.2.8-PES"), m3gnet) })
        {
            File.Copy(Path.Combine(weights, "model.safetensors"), Path.Combine(_folder, "model.safetensors"), overwrite: true);
            File.Copy(Path.Combine(config, "config.json"), Path.Combine(_folder, "config.json"), overwrite: true);
            Assert.InRange(Sentence(_folder).Length, 20, 700);
            File.Delete(Path.Combine(_folder, "model.safetensors"));
            File.Delete(Path.Combine(_folder, "config.json"));
        }
    }

    [Fact]
    public void Sizes_of_MatterSim_that_are_lies()
    {
        string source = SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth");
        byte[] pickle = Hostile.PickleOf(source);
        byte[][] values =
        [
            [(byte)'N'], [0x88], [(byte)'K', 0], [(byte)'K', 1], [(byte)'K', 3], [(byte)'K', 255], [(byte)']'], [(byte)'}'], [0x8c, 1, (byte)'x'],
            Integer(-1), Integer(int.MaxValue), Integer(int.MinValue), [0x8a, 8, .. BitConverter.GetBytes(long.MaxValue)],
            Number(double.NaN), Number(double.PositiveInfinity), Number(-5), Number(0), Number(1e-300), Number(1e300), Number(2.5),
        ];
        int refused = 0;
        foreach (string key in new[] { "num_blocks", "units", "max_l", "max_n", "cutoff", "max_z", "threebody_cutoff" })
        {
            int at = pickle.AsSpan().IndexOf((byte[])[(byte)'X', (byte)key.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(key), (byte)'r']) + 5 + key.Length + 5;
            int length = pickle[at] == 'K' ? 2 : 9;
            foreach (byte[] value in values)
            {
                string path = Path.Combine(_folder, "lies.pth");
                WithPickle(source, path, [.. pickle[..at], .. value, .. pickle[(at + length)..]]);
                refused += Hostile.Fuzz(1, 0, _ => ModelImporter.Read(path));
            }
        }
        Assert.InRange(refused, 80, 139);
    }

    [Theory]
    [InlineData("a view that repeats one number 2^26 times", 1 << 26, 0, 1)]
    [InlineData("200 views of 1 MB", 1 << 20, 1, 200)]
    public void Tensors_that_would_fill_the_memory(string what, int count, int stride, int tensors)
    {
        StringBuilder pickle = new("\u0080\u0002}(");
        for (int t = 0; t < tensors; t++)
        {
            string name = $"w{t}";
            pickle.Append('X').Append(Word(name.Length)).Append(name).Append("ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nByteStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuJ")
                .Append(Word(count)).Append("tQK\0J").Append(Word(count)).Append("\u0085K").Append((char)stride).Append("\u0085\u0089}tR");
        }
        pickle.Append("u.");
        string path = Path.Combine(_folder, "large.pth");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using (Stream stream = archive.CreateEntry("archive/data.pkl").Open())
                stream.Write(Encoding.Latin1.GetBytes(pickle.ToString()));
            using (Stream stream = archive.CreateEntry("archive/data/0").Open())
                stream.Write(new byte[stride == 0 ? 1 : count]);
        }
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        Assert.Contains("numbers", Assert.Throws<CheckpointException>(() => checkpoint.Tensors(null)).Message);
        Assert.NotEmpty(what);
    }

    private static string Sentence(string path)
    {
        string message = Assert.Throws<CheckpointException>(() => ModelImporter.Read(path)).Message;
        Assert.DoesNotContain(message, char.IsControl);
        return message;
    }

    private static string Word(int value) => string.Concat(BitConverter.GetBytes(value).Select(b => (char)b));

    private static byte[] Integer(int value) => [(byte)'J', .. BitConverter.GetBytes(value)];

    private static byte[] Number(double value)
    {
        byte[] bytes = new byte[9];
        bytes[0] = (byte)'G';
        BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static void WithPickle(string source, string path, byte[] pickle)
    {
        File.Delete(path);
        using ZipArchive from = ZipFile.OpenRead(source), to = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (ZipArchiveEntry entry in from.Entries)
        {
            using Stream read = entry.Open(), write = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
            if (entry.Name == "data.pkl")
                write.Write(pickle);
            else
                read.CopyTo(write);
        }
    }
}
