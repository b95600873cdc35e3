using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Csp.Actors.Serialization;

/// <summary>
/// Takes the place of Akka's JSON serializer (identifier 1), which a peer could otherwise use to make this process create objects of any
/// type. It refuses in both directions.
/// </summary>
public sealed class RefusingJsonSerializer : Serializer
{
    public RefusingJsonSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public RefusingJsonSerializer(ExtendedActorSystem system, Config config)
        : base(system) => _ = config;

    public override int Identifier => 1;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) =>
        throw new SerializationException($"{obj.GetType()} is not a message of Csp and is not sent");

    public override object FromBinary(byte[] bytes, Type type) =>
        throw new SerializationException("a message in JSON was refused");
}
