using System.Buffers.Binary;

namespace Csp.Learning.Checkpoints;

/// <summary>How one number is stored, little-endian.</summary>
internal enum ElementFormat
{
    Float64,
    Float32,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

internal static class ElementFormats
{
    public static int Size(this ElementFormat format) => format switch
    {
        ElementFormat.Float64 or ElementFormat.Int64 => 8,
        ElementFormat.Float32 or ElementFormat.Int32 => 4,
        ElementFormat.Float16 or ElementFormat.BFloat16 or ElementFormat.Int16 => 2,
        _ => 1,
    };

    /// <summary>The number at an element index of a raw buffer.</summary>
    public static double Read(this ElementFormat format, ReadOnlySpan<byte> raw, long index)
    {
        ReadOnlySpan<byte> at = raw.Slice(checked((int)(index * format.Size())), format.Size());
        return format switch
        {
            ElementFormat.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
            ElementFormat.Float32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            ElementFormat.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
            ElementFormat.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(at) << 16),
            ElementFormat.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
            ElementFormat.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
            ElementFormat.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
            ElementFormat.Int8 => (sbyte)at[0],
            _ => at[0],
        };
    }
}
