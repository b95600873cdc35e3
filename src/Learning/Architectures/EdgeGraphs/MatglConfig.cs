using System.Text.Json;
using Csp.Learning.Checkpoints;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// What a model of matgl is, beside its arrays: either the <c>config.json</c> of a re-packed model (architecture, element list, hyper-parameters,
/// energy scale) or the <c>model.json</c> that matgl itself writes (class and arguments of the model; the energy scale stands in the arrays).
/// </summary>
internal sealed class MatglConfig
{
    private const long SizeLimit = 16 << 20;

    private readonly JsonElement _hyperparameters;

    private MatglConfig(string path, string architecture, JsonElement elements, JsonElement hyperparameters, double scale, double shift)
    {
        Path = path;
        Architecture = architecture;
        Species = [.. elements.EnumerateArray().Select(e => Element.FromSymbol(e.GetString() ?? ""))];
        if (Species.Length == 0 || Species.Distinct().Count() != Species.Length)
            throw new CheckpointException(path, "lists no elements, or one of them twice");
        if (hyperparameters.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(path, "holds no hyper-parameters by name");
        if (!double.IsFinite(scale) || !double.IsFinite(shift))
            throw new CheckpointException(path, "has an energy scale or shift that is not a finite number");
        _hyperparameters = hyperparameters.Clone();
        (EnergyScale, EnergyShift) = (scale, shift);
    }

    public string Path { get; }

    public string Architecture { get; }

    public Element[] Species { get; }

    /// <summary>eV, multiplies the read-out.</summary>
    public double EnergyScale { get; }

    /// <summary>eV per structure.</summary>
    public double EnergyShift { get; }

    /// <param name="folder">With <c>config.json</c> or <c>model.json</c>.</param>
    /// <param name="tensors">The arrays.</param>
    /// <exception cref="CheckpointException">Missing or malformed.</exception>
    public static MatglConfig Read(string folder, IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        string packed = System.IO.Path.Combine(folder, "config.json"), own = System.IO.Path.Combine(folder, "model.json");
        string path = File.Exists(packed) || !File.Exists(own) ? packed : own;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > SizeLimit })
                throw new CheckpointException(path, "is too large for a model configuration");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return path == own ? OfMatgl(path, document.RootElement, tensors) : OfPacked(path, document.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or FormatException)
        {
            throw new CheckpointException(path, $"is no readable model configuration ({UntrustedText.FirstLine(e.Message)})", e);
        }
    }

    private static MatglConfig OfPacked(string path, JsonElement root) => new(
        path, root.GetProperty("architecture").GetString() ?? "", root.GetProperty("element_types"), root.GetProperty("hyperparameters"),
        root.GetProperty("energy_scale_data_std").GetDouble(), root.GetProperty("energy_shift_data_mean").GetDouble());

    // The numbers in the file itself are printed tensors with few digits (and not always those of the arrays).
    private static MatglConfig OfMatgl(string path, JsonElement root, IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        if (root.GetProperty("@class").GetString() is not "Potential" and var kind)
            throw new CheckpointException(path, $"describes a {kind} of matgl; only a Potential can be imported");
        JsonElement arguments = root.GetProperty("kwargs"), model = arguments.GetProperty("model"), sizes = model.GetProperty("init_args");
        if (arguments.TryGetProperty("calc_repuls", out JsonElement repulsion) && repulsion.ValueKind == JsonValueKind.True)
            throw new CheckpointException(path, "adds matgl's short-range repulsion (calc_repuls), which Csp does not implement");
        ImportedArrays source = new(tensors, path);
        return new MatglConfig(path, model.GetProperty("@class").GetString() ?? "", sizes.GetProperty("element_types"), sizes, source.Values("data_std")[0], source.Values("data_mean")[0]);
    }

    public double Number(string name) => _hyperparameters.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : throw new CheckpointException(Path, $"lacks the hyper-parameter '{name}'");

    /// <summary>A size: a whole number from 0 to 1000.</summary>
    public int Size(string name) => Number(name) is double value && value == Math.Floor(value) && value is >= 0 and <= 1000
        ? (int)value
        : throw new CheckpointException(Path, $"has an impossible hyper-parameter '{name}'");

    public bool Flag(string name) => _hyperparameters.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw new CheckpointException(Path, $"lacks the hyper-parameter '{name}'");

    public string? Text(string name) => _hyperparameters.TryGetProperty(name, out JsonElement value) ? value.ToString() : null;

    /// <summary>Refuses settings that change the mathematics in a way that is not implemented.</summary>
    public void Require(string name, params string[] allowed)
    {
        if (Text(name) is string value && !allowed.Contains(value))
            throw new CheckpointException(Path, $"uses {name} = {value}, which Csp does not implement (only {string.Join(", ", allowed)})");
    }
}
