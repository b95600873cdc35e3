using System.Buffers.Binary;
using System.Text.Json;

namespace Csp.Learning.Checkpoints;

/// <summary>
/// Reads the safetensors format: 8-byte little-endian header length, JSON header (name → dtype, shape, byte range), raw data.
/// Every range is checked; nothing in the file is trusted.
/// </summary>
public static class SafeTensors
{
    private const long MaxHeader = 16 << 20;

    /// <exception cref="CheckpointException">Missing, truncated or malformed.</exception>
    public static IReadOnlyDictionary<string, CheckpointTensor> Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, $"cannot be read ({e.Message})", e);
        }
        return Parse(bytes, path);
    }

    /// <summary>As <see cref="Read"/>, from memory; <paramref name="name"/> stands for the path in messages.</summary>
    public static IReadOnlyDictionary<string, CheckpointTensor> Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.Length < 8)
            throw new CheckpointException(name, "is too short to be a safetensors file");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
        if (headerLength > MaxHeader || 8 + (long)headerLength > bytes.Length)
            throw new CheckpointException(name, "is no safetensors file, or is truncated inside its header");
        ReadOnlyMemory<byte> data = bytes[(8 + (int)headerLength)..];
        try
        {
            using JsonDocument header = JsonDocument.Parse(bytes.Slice(8, (int)headerLength));
            Dictionary<string, CheckpointTensor> tensors = [];
            // No two arrays share bytes, so no file grows in memory beyond the widening of its numbers.
            long used = 0;
            foreach (JsonProperty entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__")
                    continue;
                if (!tensors.TryAdd(entry.Name, ReadTensor(entry, data.Span, name, ref used)))
                    throw new CheckpointException(name, $"names the array '{entry.Name}' twice");
            }
            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointException(name, $"has a malformed safetensors header ({e.Message})", e);
        }
    }

    private static CheckpointTensor ReadTensor(JsonProperty entry, ReadOnlySpan<byte> data, string file, ref long used)
    {
        string dtype = entry.Value.GetProperty("dtype").GetString() ?? "";
        ElementFormat format = dtype switch
        {
            "F64" => ElementFormat.Float64,
            "F32" => ElementFormat.Float32,
            "F16" => ElementFormat.Float16,
            "BF16" => ElementFormat.BFloat16,
            "I64" => ElementFormat.Int64,
            "I32" => ElementFormat.Int32,
            "I16" => ElementFormat.Int16,
            "I8" => ElementFormat.Int8,
            "U8" => ElementFormat.UInt8,
            "BOOL" => ElementFormat.Bool,
            _ => throw new CheckpointException(file, $"stores '{entry.Name}' as {dtype}, which Csp does not read"),
        };
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
        long[] range = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(s => s.GetInt64())];
        long? count = CheckpointTensor.CountOf(shape, data.Length);
        if (range.Length != 2 || range[0] < 0 || range[1] < range[0] || range[1] > data.Length)
            throw new CheckpointException(file, $"is truncated: the data of '{entry.Name}' lie outside of the file");
        if (count is null || count * format.Size() != range[1] - range[0])
            throw new CheckpointException(file, $"has {range[1] - range[0]} bytes for '{entry.Name}', which do not fit its shape [{string.Join(",", shape)}]");
        used += range[1] - range[0];
        if (used > data.Length)
            throw new CheckpointException(file, $"uses bytes twice: the array '{entry.Name}' overlaps another one");
        ReadOnlySpan<byte> raw = data[(int)range[0]..(int)range[1]];
        double[] values = new double[count.Value];
        for (int i = 0; i < values.Length; i++)
            values[i] = format.Read(raw, i);
        return new CheckpointTensor(shape, values);
    }
}
