using System.Text.Json;
using System.Text.Json.Serialization;

namespace Csp.Physics.Sscha.Reference;

/// <summary>Nested arrays of numbers in JSON.</summary>
internal static class JsonNumbers
{
    private static readonly JsonSerializerOptions Options = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>All numbers of an arbitrarily nested array, in order.</summary>
    /// <exception cref="InvalidOperationException">Something else stands in the array.</exception>
    public static double[] Numbers(this JsonElement element)
    {
        List<double> numbers = [];
        Collect(element, numbers);
        return [.. numbers];
    }

    /// <summary>Cut into rows.</summary>
    public static double[][] Rows(this double[] flat, int width) => [.. flat.Chunk(width)];

    public static void Write(string folder, string name, Dictionary<string, object?> fields) =>
        File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(fields, Options) + "\n");

    private static void Collect(JsonElement element, List<double> numbers)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            numbers.Add(element.GetDouble());
            return;
        }
        foreach (JsonElement item in element.EnumerateArray())
            Collect(item, numbers);
    }
}
