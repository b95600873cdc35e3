using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Csp.Actors.Jobs;
using Csp.Actors.Serialization;
using MessagePack;
using Xunit;

namespace Csp.Actors.Tests;

/// <summary>The wire format: bytes of every message as approved (<c>Golden/wire.txt</c>), refusals, and freedom from other serializers.</summary>
public sealed class WireTests
{
    private static string Golden([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "Golden", "wire.txt");

    [Fact]
    public void Every_manifest_has_a_sample_and_every_sample_keeps_its_approved_bytes()
    {
        Assert.Equal(Manifests.All.Keys.Order(), WireSamples.All.Select(m => Manifests.Of(m.GetType())).Order());
        string[] lines = [.. WireSamples.All.Select(m => $"{Manifests.Of(m.GetType())} {Convert.ToHexStringLower(MessagePackSerializer.Serialize(m.GetType(), m, CspSerializer.Options))}").Order(StringComparer.Ordinal)];
        if (Environment.GetEnvironmentVariable("CSP_APPROVE") == "1")
            File.WriteAllLines(Golden(), lines);

        Assert.Equal(File.ReadAllLines(Golden()), lines);
    }

    [Fact]
    public void Approved_bytes_are_read_back_to_the_same_message()
    {
        using ActorSystem system = NewSystem();
        CspSerializer serializer = new((ExtendedActorSystem)system);
        foreach (string line in File.ReadAllLines(Golden()))
        {
            (string manifest, byte[] bytes) = (line[..2], Convert.FromHexString(line[3..]));
            object message = serializer.FromBinary(bytes, manifest);
            Assert.Equal(manifest, serializer.Manifest(message));
            Assert.Equal(bytes, serializer.ToBinary(message));
        }
    }

    [Fact]
    public void Unknown_manifests_cut_bytes_and_impossible_crystals_are_refused()
    {
        using ActorSystem system = NewSystem();
        CspSerializer serializer = new((ExtendedActorSystem)system);
        byte[] good = serializer.ToBinary(WireSamples.All[1]);

        Assert.Throws<SerializationException>(() => serializer.FromBinary(good, "ZZ"));
        for (int cut = 0; cut < good.Length; cut += 7)
            Assert.ThrowsAny<Exception>(() => serializer.FromBinary(good[..cut], "JL"));
        byte[] flat = [.. good];
        int lattice = flat.AsSpan().IndexOf(BitConverter.GetBytes(2.82));
        for (int i = 0; i < 72; i++)
            flat[lattice - 8 + i] = 0;
        Assert.Throws<SerializationException>(() => serializer.FromBinary(flat, "JL"));
    }

    [Fact]
    public void A_message_of_an_older_version_without_the_newest_field_is_still_read()
    {
        byte[] bytes = MessagePackSerializer.Serialize(new JobError("j", "w", 1, "r", true, 3), CspSerializer.Options);
        Assert.Equal(0x96, bytes[0]);
        byte[] older = [0x95, .. bytes[1..^1]];

        JobError read = MessagePackSerializer.Deserialize<JobError>(older, CspSerializer.Options);
        Assert.Equal(("r", (byte)0), (read.Reason, read.Kind));
    }

    [Fact]
    public void Json_is_refused_in_both_directions()
    {
        using ActorSystem system = NewSystem();
        RefusingJsonSerializer serializer = new((ExtendedActorSystem)system);

        Assert.Equal(1, serializer.Identifier);
        Assert.Throws<SerializationException>(() => serializer.ToBinary(new object()));
        Assert.Throws<SerializationException>(() => serializer.FromBinary("{}"u8.ToArray(), typeof(object)));
    }

    private static ActorSystem NewSystem() => ActorSystem.Create("wire", ConfigurationFactory.ParseString("akka.loglevel = OFF"));
}
