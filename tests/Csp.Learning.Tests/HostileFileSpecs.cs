using System.IO.Compression;
using System.Text;
using Csp.Learning.Architectures;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Learning.Training;
using Csp.Physics.Potentials;
using Csp.Tests;

namespace Csp.Learning.Tests;

/// <summary>
/// Thousands of changed files of every format that is read: each is refused by the reader's own exception, one sentence long, or accepted because
/// nothing that matters was changed. Any other exception fails the test; a crash ends it.
/// </summary>
public class HostileFileSpecs
{
    private const int Rounds = 3000;

    [Fact]
    public void Changed_pickles()
    {
        byte[] pickle = Hostile.PickleOf(SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth"));
        int refused = Fuzz(pickle, seed: 1, bytes => PickleReader.Read(bytes, "changed"));
        Assert.InRange(refused, Rounds / 2, Rounds);
    }

    [Fact]
    public void Changed_safetensors()
    {
        byte[] file = SmallSafeTensors();
        Assert.Equal(2, SafeTensors.Parse(file, "whole").Count);
        int refused = Fuzz(file, seed: 2, bytes => SafeTensors.Parse(bytes, "changed"));
        Assert.InRange(refused, Rounds / 2, Rounds);
    }

    [Fact]
    public void Changed_archives_of_torch()
    {
        byte[] archive = SmallArchive();
        string path = Path.Combine(Path.GetTempPath(), $"csp-changed-{Guid.NewGuid():N}.pth");
        try
        {
            int refused = Fuzz(archive, seed: 3, bytes =>
            {
                File.WriteAllBytes(path, bytes);
                using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
                checkpoint.Tensors(null);
            });
            Assert.InRange(refused, Rounds / 2, Rounds);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Changed_model_files()
    {
        byte[] file = CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 2, RadialBasis = 3, AngularBasis = 3, AngularChannels = 2 }), null);
        int refused = Fuzz(file, seed: 4, bytes =>
        {
            // Any change breaks the checksum; the family is read without looking at it.
            _ = ModelFile.FamilyOf(bytes);
            PotentialFile.FromBytes(bytes);
        });
        Assert.Equal(Rounds, refused);
    }

    [Fact]
    public void Changed_ONNX_files()
    {
        Graph graph = new();
        Tensor positions = graph.Input("positions", "atoms", 3);
        Tensor energy = graph.Sum(graph.Square(positions));
        byte[] file = OnnxEmitter.Emit(
            [("energy", energy), ("forces", positions * -2), ("virial", graph.MatMul(positions, positions, transposeA: true) * 2)], Precision.Float64,
            metadata: OnnxExport.Metadata("springs", 1, [TestCrystals.H]));
        Assert.Equal("springs", PotentialFile.FromBytes(file).Name);
        int refused = Fuzz(file, seed: 5, bytes =>
        {
            if (PotentialFile.FromBytes(bytes) is IPotential potential && potential.Supports(TestCrystals.H))
                potential.Evaluate(TestCrystals.Random(2, 2, 3));
        });
        Assert.InRange(refused, Rounds / 4, Rounds);
    }

    [Fact]
    public void Weights_of_another_family_are_named()
    {
        byte[] compact = CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 2 }), null);
        ModelFile file = ModelFile.FromBytes(compact);
        byte[] disguised = new ModelFile(file.Header with { Architecture = "m3gnet" }, file.Arrays).ToBytes();
        Assert.Equal("m3gnet", ModelFile.FamilyOf(disguised));
        Assert.Throws<PotentialException>(() => PotentialFile.FromBytes(disguised));
        byte[] unknown = new ModelFile(file.Header with { Architecture = "oracle" }, file.Arrays).ToBytes();
        Assert.Contains("'oracle'", Assert.Throws<PotentialException>(() => PotentialFile.FromBytes(unknown)).Message);
        Assert.Throws<PotentialException>(() => TrainableArchitectures.Of(unknown));
    }

    // Truncated, changed in up to eight places, or with a piece repeated or removed.
    private static int Fuzz(byte[] original, int seed, Action<byte[]> read)
    {
        int round = 0;
        return Hostile.Fuzz(Rounds, seed, random => read(Changed(original, round++ % 4, random)), longest: 600);
    }

    private static byte[] Changed(byte[] original, int way, Random random)
    {
        int at = random.Next(original.Length), length = random.Next(1, Math.Min(64, original.Length));
        switch (way)
        {
            case 0:
                return original[..at];
            case 1:
                return [.. original[..at], .. original[Math.Min(at + length, original.Length)..]];
            case 2:
                return [.. original[..at], .. original[Math.Max(0, at - length)..]];
            default:
                byte[] bytes = [.. original];
                for (int change = random.Next(1, 9); change > 0; change--)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 + random.Next(255));
                return bytes;
        }
    }

    private static byte[] SmallSafeTensors()
    {
        byte[] header = Encoding.UTF8.GetBytes("""{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F64","shape":[1],"data_offsets":[16,24]}}""");
        return [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. new byte[24]];
    }

    // {'w': a tensor of shape [2, 2]}, stored without compression so that changes reach the pickle.
    private static byte[] SmallArchive()
    {
        string storage = "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQ";
        string pickle = "\u0080\u0002}X\u0001\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\0K\u0002K\u0002\u0086K\u0002K\u0001\u0086\u0089}tRs.";
        using MemoryStream bytes = new();
        using (ZipArchive archive = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (Stream stream = archive.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open())
                stream.Write(Encoding.Latin1.GetBytes(pickle));
            using (Stream stream = archive.CreateEntry("archive/data/0", CompressionLevel.NoCompression).Open())
                stream.Write(new byte[16]);
        }
        return bytes.ToArray();
    }
}
