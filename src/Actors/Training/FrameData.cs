using Csp.Actors.Serialization;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using MessagePack;

namespace Csp.Actors.Training;

/// <summary>A labelled structure in a data set that travels to a trainer.</summary>
[MessagePackObject]
public sealed record FrameData(
    [property: Key(0)] Crystal Crystal, [property: Key(1)] double Energy, [property: Key(2)] double[] Forces, [property: Key(3)] Mat3 Stress)
{
    public Frame ToFrame() => new(Crystal, Energy, Forces, Stress);

    public static byte[] Pack(IEnumerable<FrameData> frames) => MessagePackSerializer.Serialize(frames.ToArray(), CspSerializer.Options);

    public static FrameData[] Unpack(byte[] bytes) => MessagePackSerializer.Deserialize<FrameData[]>(bytes, CspSerializer.Options);
}
