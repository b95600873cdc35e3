using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Csp.Learning.Architectures;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Learning.Training;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Inference;

public class ModelFileSpecs
{
    private static readonly ModelProvenance Provenance = new("ab", "cd", 20, 2, "{}", 7, TrainingErrors.None, TrainingErrors.None);

    private static readonly byte[] Bytes = CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 4 }), Provenance);

    [Fact]
    public void A_file_gives_back_the_same_energy_and_its_provenance()
    {
        Crystal crystal = TestCrystals.H3S(3.0, 1, 0.1);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Bytes);
            double expected = new CompactReference(TestCrystals.Model(new CompactSettings { Hidden = 4 })).Evaluate(crystal).Energy;
            Assert.Equal(expected, PotentialFile.Load(path).Evaluate(crystal).Energy, 1e-9);
            ModelHeader header = PotentialFile.Info(path);
            Assert.Equal(Provenance, header.Provenance);
            Assert.Equal(["H", "S"], header.Species);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_truncated_or_changed_file_is_one_clear_sentence()
    {
        Random random = new(5);
        for (int round = 0; round < 600; round++)
        {
            byte[] damaged = round % 2 == 0 ? Bytes[..random.Next(Bytes.Length)] : [.. Bytes];
            for (int change = 0; round % 2 == 1 && change <= round % 5; change++)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 + random.Next(255));
            OneSentence(damaged);
        }
    }

    [Fact]
    public void A_malicious_file_with_a_right_checksum_is_one_clear_sentence()
    {
        Random random = new(6);
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(12));
        string header = Encoding.UTF8.GetString(Bytes, 16, headerLength);
        string[] forged =
        [
            "", "{", "null", "{}", "[]", "{\"header\":null,\"arrays\":[]}", "{\"header\":{},\"arrays\":[null]}",
            new string('[', 100_000),
            header.Replace("\"shape\":[1]", "\"shape\":[2147483647,2147483647,2147483647,2147483647]"),
            header.Replace("\"shape\":[1]", "\"shape\":[-1]"),
            header.Replace("\"shape\":[1]", "\"shape\":null"),
            header.Replace("\"hidden\":4", "\"hidden\":2147483647"),
            header.Replace("\"hidden\":4", "\"hidden\":\"many\""),
            header.Replace("\"radialCutoff\":4.8", "\"radialCutoff\":1e300"),
            header.Replace("\"radialCutoff\":4.8", "\"radialCutoff\":\"NaN\""),
            header.Replace("\"compact\"", "\"System.Diagnostics.Process\""),
            header.Replace("\"H\"", "\"Xx\""),
            header.Replace("[\"H\",\"S\"]", "[\"H\",\"H\"]"),
            header.Replace("[\"H\",\"S\"]", "[null,\"S\"]"),
            header.Replace("[\"H\",\"S\"]", "[]"),
            header.Replace("H.bias", "H.offset"),
        ];
        foreach (string text in forged)
        {
            Assert.NotEqual(header, text);
            OneSentence(Sealed(Encoding.UTF8.GetBytes(text), Bytes[(16 + headerLength)..^32]));
        }
        for (int round = 0; round < 400; round++)
        {
            byte[] json = Encoding.UTF8.GetBytes(header);
            int at = random.Next(json.Length);
            json[at] = (byte)random.Next(256);
            try
            {
                PotentialFile.FromBytes(Sealed(json, Bytes[(16 + headerLength)..^32]));
            }
            catch (PotentialException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
        byte[] infinite = Bytes[(16 + headerLength)..^32];
        BinaryPrimitives.WriteDoubleLittleEndian(infinite.AsSpan(80), double.NaN);
        OneSentence(Sealed(Encoding.UTF8.GetBytes(header), infinite));
    }

    [Fact]
    public void A_missing_file_is_one_clear_sentence() =>
        Assert.Contains("no such model file", Assert.Throws<PotentialException>(() => PotentialFile.Load("/nowhere/model.csp")).Message);

    private static void OneSentence(byte[] bytes)
    {
        PotentialException e = Assert.Throws<PotentialException>(() => PotentialFile.FromBytes(bytes));
        Assert.DoesNotContain('\n', e.Message);
        Assert.InRange(e.Message.Length, 10, 300);
    }

    private static byte[] Sealed(byte[] json, byte[] payload)
    {
        byte[] bytes = new byte[16 + json.Length + payload.Length + 32];
        Bytes.AsSpan(0, 12).CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), json.Length);
        json.CopyTo(bytes, 16);
        payload.CopyTo(bytes, 16 + json.Length);
        SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
        return bytes;
    }
}
