using System.Buffers;
using System.Runtime.InteropServices;
using Csp.Physics.Crystals;
using MessagePack;
using MessagePack.Formatters;

namespace Csp.Actors.Serialization;

/// <summary>Numbers as raw little-endian bytes: 8 bytes instead of 9 each, and no loop.</summary>
public sealed class RawDoublesFormatter : IMessagePackFormatter<double[]?>
{
    public void Serialize(ref MessagePackWriter writer, double[]? value, MessagePackSerializerOptions options)
    {
        if (value is null)
            writer.WriteNil();
        else
            writer.Write(MemoryMarshal.AsBytes<double>(value));
    }

    public double[]? Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
    {
        if (reader.ReadBytes() is not ReadOnlySequence<byte> bytes)
            return null;
        if (bytes.Length % sizeof(double) != 0)
            throw new MessagePackSerializationException($"{bytes.Length} bytes are not a whole number of doubles");
        double[] values = new double[bytes.Length / sizeof(double)];
        bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}

/// <summary>Nine raw numbers, row-major.</summary>
public sealed class Mat3Formatter : IMessagePackFormatter<Mat3>
{
    private static readonly RawDoublesFormatter Numbers = new();

    public void Serialize(ref MessagePackWriter writer, Mat3 value, MessagePackSerializerOptions options) =>
        Numbers.Serialize(ref writer, value.ToArray(), options);

    public Mat3 Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
        Numbers.Deserialize(ref reader, options) is { Length: 9 } m ? Mat3.FromSpan(m) : throw new MessagePackSerializationException("a 3x3 matrix needs 9 numbers");
}

/// <summary>[lattice (9 raw numbers), atomic numbers (one byte each), fractional positions (3N raw numbers)].</summary>
public sealed class CrystalFormatter : IMessagePackFormatter<Crystal?>
{
    private static readonly RawDoublesFormatter Numbers = new();
    private static readonly Mat3Formatter Lattice = new();

    public void Serialize(ref MessagePackWriter writer, Crystal? value, MessagePackSerializerOptions options)
    {
        if (value is null)
        {
            writer.WriteNil();
            return;
        }
        writer.WriteArrayHeader(3);
        Lattice.Serialize(ref writer, value.Lattice, options);
        byte[] z = new byte[value.Count];
        for (int i = 0; i < z.Length; i++)
            z[i] = (byte)value.Elements[i].Number;
        writer.Write(z);
        writer.Write(MemoryMarshal.AsBytes(value.Fractional));
    }

    public Crystal? Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
    {
        if (reader.TryReadNil())
            return null;
        if (reader.ReadArrayHeader() != 3)
            throw new MessagePackSerializationException("a crystal has three fields");
        Mat3 lattice = Lattice.Deserialize(ref reader, options);
        byte[] z = reader.ReadBytes() is ReadOnlySequence<byte> bytes ? bytes.ToArray() : [];
        double[] fractional = Numbers.Deserialize(ref reader, options) ?? [];
        try
        {
            return new Crystal(lattice, [.. z.Select(n => Element.FromNumber(n))], fractional);
        }
        catch (ArgumentException e)
        {
            throw new MessagePackSerializationException($"not a crystal: {e.Message}", e);
        }
    }
}
