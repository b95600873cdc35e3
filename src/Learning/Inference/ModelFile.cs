using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Csp.Learning.Checkpoints;
using Csp.Learning.Training;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>What a model file says about itself.</summary>
/// <param name="Architecture">Family, e.g. <c>compact</c>.</param>
/// <param name="Species">Chemical symbols, in the order that the weights use.</param>
/// <param name="Settings">Sizes and cutoffs, as the family defines them.</param>
/// <param name="Provenance">Parent, data, settings, seed and errors of the training.</param>
/// <param name="CreatedBy">Program and version that wrote the file.</param>
public sealed record ModelHeader(string Architecture, string[] Species, JsonElement Settings, ModelProvenance? Provenance, string CreatedBy)
{
    /// <summary>For imported weights: name and SHA-256 of the file that they came from.</summary>
    public string? Source { get; init; }
}

/// <summary>One array of numbers of a model file, row-major.</summary>
public sealed record ModelArray(string Name, int[] Shape, double[] Values);

/// <summary>
/// A model as one self-contained sequence of bytes, little-endian: the 8 characters <c>CSPMODEL</c>; format version (int32, 1); length of the
/// header (int32); the header as UTF-8 JSON with names and shapes of the arrays; the arrays as float64 one after the other; SHA-256 of all
/// that. The same model gives the same bytes. Nothing in a file is ever executed, and every size is checked before memory is taken.
/// </summary>
public sealed class ModelFile
{
    private const int Version = 1;
    private const int HeaderLimit = 4 << 20;
    private const int LongestName = 200;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
    };

    private readonly Dictionary<string, ModelArray> _arrays;

    public ModelFile(ModelHeader header, IReadOnlyList<ModelArray> arrays)
    {
        Header = header;
        Arrays = arrays;
        _arrays = arrays.ToDictionary(a => a.Name);
    }

    private static ReadOnlySpan<byte> Magic => "CSPMODEL"u8;

    public ModelHeader Header { get; }

    public IReadOnlyList<ModelArray> Arrays { get; }

    /// <summary>Whether bytes begin like a model file.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>The family that a model file claims to be of, from its header alone (arrays and checksum are not looked at); null without a readable header.</summary>
    public static string? FamilyOf(ReadOnlySpan<byte> bytes)
    {
        if (!Recognizes(bytes) || bytes.Length < 16)
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (length is < 2 or > HeaderLimit || length > bytes.Length - 16)
            return null;
        try
        {
            return ReadHeader(bytes.Slice(16, length)).Header.Architecture;
        }
        catch (PotentialException)
        {
            return null;
        }
    }

    /// <summary>The family's settings.</summary>
    /// <exception cref="PotentialException">They do not fit the type.</exception>
    public T SettingsAs<T>()
    {
        try
        {
            return Header.Settings.Deserialize<T>(Json) ?? throw new PotentialException("the model file is damaged: it has no settings");
        }
        catch (JsonException e)
        {
            throw new PotentialException($"the model file is damaged: its settings cannot be read ({UntrustedText.FirstLine(e.Message)})", e);
        }
    }

    public static JsonElement SettingsFrom<T>(T settings) => JsonSerializer.SerializeToElement(settings, Json);

    /// <summary>The numbers of one array.</summary>
    /// <exception cref="PotentialException">It is missing.</exception>
    public double[] this[string name] => _arrays.TryGetValue(name, out ModelArray? array)
        ? array.Values
        : throw new PotentialException($"the model file lacks the array '{name}'");

    public bool Has(string name) => _arrays.ContainsKey(name);

    public byte[] ToBytes()
    {
        FileHeader header = new(Header, [.. Arrays.Select(a => new ArrayEntry(a.Name, a.Shape))]);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, Json);
        int numbers = Arrays.Sum(a => a.Values.Length);
        byte[] bytes = new byte[16 + json.Length + 8 * numbers + 32];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), json.Length);
        json.CopyTo(bytes, 16);
        int at = 16 + json.Length;
        foreach (ModelArray array in Arrays)
        {
            foreach (double value in array.Values)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at), value);
                at += 8;
            }
        }
        SHA256.HashData(bytes.AsSpan(0, at), bytes.AsSpan(at));
        return bytes;
    }

    /// <exception cref="PotentialException">Not a model file, or truncated, damaged or written by a newer version.</exception>
    public static ModelFile FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (!Recognizes(bytes))
            throw new PotentialException("this is not a Csp model file");
        if (bytes.Length < 48)
            throw Damaged("it ends too early");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version)
            throw new PotentialException($"the model file has format version {version}, and this program reads version {Version}");
        if (!SHA256.HashData(bytes[..^32]).AsSpan().SequenceEqual(bytes[^32..]))
            throw Damaged("its checksum does not fit, so it was cut off or changed");
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (headerLength is < 2 or > HeaderLimit || headerLength > bytes.Length - 48)
            throw Damaged("the length of its header is impossible");
        FileHeader header = ReadHeader(bytes.Slice(16, headerLength));
        ReadOnlySpan<byte> payload = bytes[(16 + headerLength)..^32];
        List<ModelArray> arrays = [];
        HashSet<string> names = [];
        foreach (ArrayEntry entry in header.Arrays)
        {
            if (CheckpointTensor.CountOf(entry.Shape.Select(s => (long)s), payload.Length / 8) is not long count)
                throw Damaged($"array '{entry.Name}' does not fit into it");
            if (!names.Add(entry.Name))
                throw Damaged($"array '{entry.Name}' stands in it twice");
            double[] values = new double[count];
            for (int i = 0; i < values.Length; i++)
                values[i] = BinaryPrimitives.ReadDoubleLittleEndian(payload[(8 * i)..]);
            payload = payload[(8 * values.Length)..];
            arrays.Add(new ModelArray(entry.Name, entry.Shape, values));
        }
        if (!payload.IsEmpty)
            throw Damaged($"{payload.Length} bytes follow its last array");
        return new ModelFile(header.Header, arrays);
    }

    private static FileHeader ReadHeader(ReadOnlySpan<byte> json)
    {
        try
        {
            FileHeader? header = JsonSerializer.Deserialize<FileHeader>(json, Json);
            return header is { Header: { Architecture: not null, Species: not null }, Arrays: not null }
                && header.Header.Species.All(s => s is not null) && header.Arrays.All(a => a is { Name: not null, Shape: not null })
                ? Plain(header)
                : throw Damaged("its header is incomplete");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new PotentialException($"the model file is damaged: its header cannot be read ({UntrustedText.FirstLine(e.Message)})", e);
        }
    }

    // Names are shown in sentences and tables: nothing in them may be obeyed by a terminal.
    private static FileHeader Plain(FileHeader header)
    {
        ModelProvenance? from = header.Header.Provenance;
        string?[] names = [header.Header.Architecture, header.Header.CreatedBy, header.Header.Source, .. header.Header.Species, .. header.Arrays.Select(a => a.Name), from?.ParentHash, from?.DataHash];
        return names.All(n => n is null || n.Length <= LongestName && !n.Any(char.IsControl)) && from?.Settings.Any(char.IsControl) != true
            ? header
            : throw Damaged("a name in its header is too long or holds control characters");
    }

    private static PotentialException Damaged(string why) => new($"the model file is damaged: {UntrustedText.Shown(why)}");

    private sealed record FileHeader(ModelHeader Header, ArrayEntry[] Arrays);

    private sealed record ArrayEntry(string Name, int[] Shape);
}
