using System.Text.Json;
using Csp.Learning.Checkpoints;
using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures.EdgeGraphs;

/// <summary>
/// A folder with matgl's published weights: <c>config.json</c> (architecture, element list, hyper-parameters, energy scale) beside
/// <c>model.safetensors</c> or <c>state.pt</c> with matgl's own array names.
/// </summary>
internal sealed class MatglConfig
{
    private readonly JsonElement _hyperparameters;

    private MatglConfig(string path, JsonElement root)
    {
        Path = path;
        Architecture = root.GetProperty("architecture").GetString() ?? "";
        Species = [.. root.GetProperty("element_types").EnumerateArray().Select(e => Element.FromSymbol(e.GetString() ?? ""))];
        _hyperparameters = root.GetProperty("hyperparameters").Clone();
        EnergyScale = root.GetProperty("energy_scale_data_std").GetDouble();
        EnergyShift = root.GetProperty("energy_shift_data_mean").GetDouble();
    }

    public string Path { get; }

    public string Architecture { get; }

    public Element[] Species { get; }

    /// <summary>eV, multiplies the read-out.</summary>
    public double EnergyScale { get; }

    /// <summary>eV per structure.</summary>
    public double EnergyShift { get; }

    /// <exception cref="CheckpointException">Missing or malformed.</exception>
    public static MatglConfig Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return new MatglConfig(path, document.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or FormatException)
        {
            throw new CheckpointException(path, $"is no readable model configuration ({e.Message.Split('\n')[0]})", e);
        }
    }

    public double Number(string name) => _hyperparameters.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : throw new CheckpointException(Path, $"lacks the hyper-parameter '{name}'");

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
