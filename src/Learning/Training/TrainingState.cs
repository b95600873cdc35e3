using System.Security.Cryptography;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>
/// Everything an interrupted training needs to go on, bit for bit: the characters <c>CSPSTATE</c>, format version (int32), SHA-256 of what the
/// training is fed with, epoch, optimiser, best weights so far, and SHA-256 of all that. A training of anything else refuses it.
/// </summary>
public sealed record TrainingState(byte[] Bytes)
{
    private const int Version = 1;
    private const int HeaderLength = 12 + SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Magic => "CSPSTATE"u8;

    /// <summary>Seals what <paramref name="write"/> writes.</summary>
    /// <param name="identity">SHA-256 of what the training is fed with.</param>
    /// <param name="write">Writes the content.</param>
    internal static TrainingState Of(byte[] identity, Action<BinaryWriter> write)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(identity);
        write(writer);
        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return new TrainingState(stream.ToArray());
    }

    /// <summary>What <paramref name="read"/> makes of the content.</summary>
    /// <exception cref="PotentialException">No training state, damaged, or of another training.</exception>
    internal T Read<T>(byte[] identity, Func<BinaryReader, T> read)
    {
        if (Bytes.Length < HeaderLength + SHA256.HashSizeInBytes || !Bytes.AsSpan().StartsWith(Magic))
            throw Refused("this is no training state");
        if (BitConverter.ToInt32(Bytes, 8) != Version)
            throw Refused("its state was written by another version of this program");
        if (!SHA256.HashData(Bytes.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(Bytes.AsSpan(^SHA256.HashSizeInBytes..)))
            throw Refused("its state was cut off or changed");
        if (!Bytes.AsSpan(12, SHA256.HashSizeInBytes).SequenceEqual(identity))
            throw Refused("its state is of other data, settings, seed or parent");
        using BinaryReader reader = new(new MemoryStream(Bytes, HeaderLength, Bytes.Length - HeaderLength - SHA256.HashSizeInBytes));
        try
        {
            T content = read(reader);
            return reader.BaseStream.Position == reader.BaseStream.Length ? content : throw Refused("its state is longer than it should be");
        }
        catch (IOException e)
        {
            throw Refused("its state is not what such a training writes", e);
        }
    }

    private static PotentialException Refused(string why, Exception? inner = null) => new($"the training cannot be resumed: {why}", inner);
}

/// <summary>What a training has achieved so far, beside the state of its optimiser.</summary>
/// <param name="Seconds">Wall time spent.</param>
/// <param name="Before">Errors on the hold-out before the first step.</param>
/// <param name="Score">Mean loss of the best weights on the hold-out.</param>
/// <param name="Weights">The best weights.</param>
/// <param name="Epoch">When they were found.</param>
internal sealed record TrainingCourse(double Seconds, TrainingErrors Before, double Score, double[][] Weights, int Epoch)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Seconds);
        writer.Write(Score);
        writer.Write(Epoch);
        writer.Write(Before.Structures);
        foreach (double error in new[] { Before.EnergyMaeMev, Before.EnergyRmseMev, Before.ForceMae, Before.ForceRmse, Before.StressMaeGPa, Before.StressRmseGPa, Before.EnergyOneSigmaMev ?? double.NaN })
            writer.Write(error);
        foreach (double[] array in Weights)
        {
            foreach (double value in array)
                writer.Write(value);
        }
    }

    /// <param name="reader">Content of a state.</param>
    /// <param name="weights">The weights of the model: numbers and order.</param>
    /// <exception cref="IOException">The content ends too early.</exception>
    public static TrainingCourse Read(BinaryReader reader, IReadOnlyList<WeightArray> weights)
    {
        (double seconds, double score, int epoch) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt32());
        TrainingErrors before = new(reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        double oneSigma = reader.ReadDouble();
        double[][] best = [.. weights.Select(w => w.Values.Select(_ => reader.ReadDouble()).ToArray())];
        return new TrainingCourse(seconds, before with { EnergyOneSigmaMev = double.IsNaN(oneSigma) ? null : oneSigma }, score, best, epoch);
    }
}
