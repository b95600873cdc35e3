using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Csp.Actors.Telemetry;
using MessagePack;
using MessagePack.Resolvers;

namespace Csp.Actors.Serialization;

/// <summary>
/// The only serializer for messages and events: MessagePack with a short manifest per type. Input is treated as untrusted; a manifest that is
/// not in <see cref="Manifests"/> is refused. Fields are positional: new ones go to the end, a breaking change gets a new manifest.
/// </summary>
public sealed class CspSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Number of this serializer on the wire and in the journal.</summary>
    public const int Id = 7301;

    /// <summary>Wire options without actor references, for files and tests.</summary>
    public static MessagePackSerializerOptions Options { get; } = MessagePackSerializerOptions.Standard
        .WithResolver(CompositeResolver.Create(
            [new RawDoublesFormatter(), new Mat3Formatter(), new CrystalFormatter()],
            [StandardResolver.Instance]))
        .WithSecurity(MessagePackSecurity.UntrustedData);

    private ActorMeters? _meters;

    public override int Identifier => Id;

    /// <summary>Not in the constructor: the actor system is not there yet.</summary>
    private ActorMeters Meters => _meters ??= ActorMeters.For(system);

    public override string Manifest(object o) => Manifests.Of(o.GetType());

    public override byte[] ToBinary(object obj)
    {
        byte[] bytes = MessagePackSerializer.Serialize(obj.GetType(), obj, Options);
        Meters.Wire(Manifests.Of(obj.GetType()), bytes.Length, inbound: false);
        return bytes;
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        Type type = Manifests.TypeOf(manifest) ?? throw new SerializationException($"message kind '{manifest}' is not known to this version of Csp");
        Meters.Wire(manifest, bytes.Length, inbound: true);
        try
        {
            return MessagePackSerializer.Deserialize(type, bytes, Options)
                ?? throw new SerializationException($"a message of kind '{manifest}' is empty");
        }
        catch (MessagePackSerializationException e)
        {
            throw new SerializationException($"a message of kind '{manifest}' is damaged or of another version: {(e.InnerException ?? e).Message}", e);
        }
    }
}
