using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Csp.Learning.Architectures;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Architectures.M3GNet;
using Csp.Learning.Architectures.TensorNet;
using Csp.Learning.Checkpoints;
using Csp.Learning.Inference;
using Csp.Learning.Tests.Architectures;
using Csp.Physics.Potentials;
using Csp.Tests;

namespace Csp.Learning.Tests;

/// <summary>
/// The JSON inside and beside weights, changed by somebody who knows its structure: each file ends in a model or in the reader's own exception, one
/// sentence without control characters, within seconds and without gigabytes.
/// </summary>
public class HostileJsonSpecs
{
    [Theory]
    [InlineData("models/M3GNet-MP-2021.2.8-PES", 500)]
    [InlineData("models/TensorNet-MatPES-PBE-v2025.1-PES", 120)]
    public void Changed_configurations_of_matgl(string model, int rounds)
    {
        string source = SharedData.Require(model), config = File.ReadAllText(Path.Combine(source, "config.json"));
        using JsonDocument packed = JsonDocument.Parse(config);
        string own = $$$"""
            {"@class": "Potential", "kwargs": {"model": {"@class": "{{{packed.RootElement.GetProperty("architecture").GetString()}}}", "init_args": {
              "element_types": {{{packed.RootElement.GetProperty("element_types").GetRawText()}}},
              {{{packed.RootElement.GetProperty("hyperparameters").GetRawText().Trim()[1..]}}} }, "calc_repuls": false}}
            """;
        string folder = Directory.CreateTempSubdirectory("csp-hostile-").FullName;
        try
        {
            File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(folder, "model.safetensors"));
            foreach ((string name, string text, int seed) in new[] { ("config.json", config, 21), ("model.json", own, 22) })
            {
                string path = Path.Combine(folder, name);
                File.WriteAllText(path, text);
                ModelImporter.Read(path);
                int refused = Hostile.Fuzz(rounds / 2, seed, random =>
                {
                    File.WriteAllText(path, JsonMutation.Change(text, random));
                    ModelImporter.Read(folder);
                });
                Assert.InRange(refused, rounds / 20, rounds / 2);
                File.Delete(path);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Changed_headers_of_safetensors()
    {
        const string header = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"c":{"dtype":"BOOL","shape":[],"data_offsets":[24,25]}}
            """;
        Assert.Equal(3, SafeTensors.Parse(File(header), "whole").Count);
        int refused = Hostile.Fuzz(3000, 23, random => SafeTensors.Parse(File(JsonMutation.Change(header, random)), "changed"));
        Assert.InRange(refused, 1000, 3000);

        static byte[] File(string header) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. new byte[25]];
    }

    [Fact]
    public void Arrays_of_safetensors_that_share_bytes_are_refused()
    {
        // 20,000 arrays of the same megabyte would be 160 GB of numbers.
        string header = "{" + string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"a{i}\":{{\"dtype\":\"U8\",\"shape\":[1000000],\"data_offsets\":[0,1000000]}}")) + "}";
        byte[] file = [.. BitConverter.GetBytes((ulong)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[1_000_000]];
        Assert.Equal(1, Hostile.Fuzz(1, 0, _ => SafeTensors.Parse(file, "shared")));
    }

    [Theory]
    [InlineData("compact")]
    [InlineData("m3gnet")]
    [InlineData("tensornet")]
    public void Changed_headers_of_model_files_with_a_right_checksum(string family)
    {
        byte[] file = family switch
        {
            "compact" => CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 2, RadialBasis = 3, AngularBasis = 3, AngularChannels = 2 }), null),
            "m3gnet" => FileOf(ModelImporter.Read(SharedData.Require("reference/mattersim/m3gnet-small-seed0.pth"))),
            _ => FileOf(ModelImporter.Read(SharedData.Require("models/TensorNet-MatPES-PBE-v2025.1-PES"))),
        };
        int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(12)), rounds = family switch { "compact" => 1500, "m3gnet" => 500, _ => 80 };
        string header = Encoding.UTF8.GetString(file, 16, length);
        byte[] payload = file[(16 + length)..^32];
        Read(Sealed(header));
        int refused = Hostile.Fuzz(rounds, 24, random =>
        {
            byte[] changed = Sealed(JsonMutation.Change(header, random));
            _ = ModelFile.FamilyOf(changed);
            Read(changed);
        });
        Assert.InRange(refused, rounds / 4, rounds);

        // Without ONNX Runtime, which compiles the accepted ones for seconds.
        void Read(byte[] bytes)
        {
            ModelFile model = ModelFile.FromBytes(bytes);
            switch (family)
            {
                case "compact":
                    PotentialFile.FromBytes(bytes);
                    break;
                case "m3gnet":
                    M3GNetModel.Read(model);
                    break;
                default:
                    TensorNetModel.Read(model);
                    break;
            }
        }

        byte[] Sealed(string json)
        {
            byte[] text = Encoding.UTF8.GetBytes(json), bytes = new byte[16 + text.Length + payload.Length + 32];
            file.AsSpan(0, 12).CopyTo(bytes);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), text.Length);
            text.CopyTo(bytes, 16);
            payload.CopyTo(bytes, 16 + text.Length);
            SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
            return bytes;
        }
    }

    [Fact]
    public void A_header_that_talks_to_the_terminal_is_refused()
    {
        ModelFile file = ModelFile.FromBytes(CompactModelFile.Write(TestCrystals.Model(new CompactSettings { Hidden = 2 }), null));
        foreach (ModelHeader header in new[] { file.Header with { CreatedBy = "csp\u001b]0;title\u0007" }, file.Header with { Architecture = "com\npact" }, file.Header with { Architecture = new string('x', 5000) } })
            Assert.Equal(1, Hostile.Fuzz(1, 0, _ => PotentialFile.FromBytes(new ModelFile(header, file.Arrays).ToBytes())));
    }

    private static byte[] FileOf(EdgeGraphModel model) => model.ToFile(model.Weights, null).ToBytes();
}
