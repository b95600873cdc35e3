using System.Text.Json.Nodes;

namespace Csp.Learning.Tests;

/// <summary>Changes of a JSON text that keep it JSON (most of them): the mistakes and tricks of people who know the format.</summary>
internal static class JsonMutation
{
    // Written into the text at the end, because some are nothing that JsonNode would write.
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "2", "-1", "0.5", "-0.0", "1e-320", "1e308", "1e400", "-1e400", "NaN", "\"NaN\"", "\"Infinity\"", "255", "65536", "2147483647",
        "2147483648", "-2147483648", "4294967297", "9223372036854775807", "9223372036854775808", "1e18", "\"\"", "\"text\"", "\"H\"", "\"\\u001b[31mred\\n\"", "\"\\ud800\"",
        "[]", "{}", "[[]]", "[null]", "[0]", "[-1]", "[1,1]", "[2147483647,2147483647,2147483647]", "[9223372036854775807,4]", "[0,9223372036854775807]",
        "{\"a\":{}}", new string('[', 70) + new string(']', 70), new string('[', 20_000), "\"" + new string('x', 20_000) + "\"", "[" + string.Join(",", Enumerable.Repeat("1", 5000)) + "]",
    ];

    /// <summary>One to three changes: a value replaced, a key left out, renamed or given twice, an item repeated, left out or exchanged.</summary>
    public static string Change(string json, Random random)
    {
        JsonNode root = JsonNode.Parse(json)!;
        List<(string Old, string New)> late = [];
        for (int change = random.Next(1, 4); change > 0; change--)
            Once(root, random, late);
        return late.Aggregate(root.ToJsonString(), (text, l) => text.Replace(l.Old, l.New, StringComparison.Ordinal));
    }

    private static void Once(JsonNode root, Random random, List<(string Old, string New)> late)
    {
        List<(JsonNode Parent, object Place)> places = [.. Places(root)];
        if (places.Count == 0)
            return;
        string mark = $"@{late.Count}";
        (JsonNode parent, object place) = places[random.Next(places.Count)];
        JsonNode? value = Take(parent, place);
        switch (random.Next(7))
        {
            case 0:
                Remove(parent, place);
                break;
            case 1 when place is string key && parent is JsonObject renamed:
                renamed.Remove(key);
                renamed[key + "x"] = value?.DeepClone();
                break;
            case 2 when place is string key && parent is JsonObject twice:
                twice.Remove(key);
                twice[mark] = value?.DeepClone();
                late.Add(($"\"{mark}\":", $"\"{key}\":{Values[random.Next(Values.Length)]},\"{key}\":"));
                break;
            case 3 when parent is JsonArray repeated:
                repeated.Add(value?.DeepClone());
                break;
            case 4:
                (JsonNode other, object otherPlace) = places[random.Next(places.Count)];
                Set(parent, place, Take(other, otherPlace)?.DeepClone());
                break;
            default:
                Set(parent, place, mark);
                late.Add(($"\"{mark}\"", Values[random.Next(Values.Length)]));
                break;
        }
    }

    private static IEnumerable<(JsonNode, object)> Places(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject o:
                foreach ((string key, JsonNode? value) in o)
                {
                    yield return (o, key);
                    foreach ((JsonNode, object) below in Places(value))
                        yield return below;
                }
                break;
            case JsonArray a:
                // The first few of a long list are as good as all.
                for (int i = 0; i < Math.Min(a.Count, 4); i++)
                {
                    yield return (a, i);
                    foreach ((JsonNode, object) below in Places(a[i]))
                        yield return below;
                }
                break;
        }
    }

    private static JsonNode? Take(JsonNode parent, object place) => place is string key ? parent[key] : parent[(int)place];

    private static void Set(JsonNode parent, object place, JsonNode? value)
    {
        if (place is string key)
            parent[key] = value;
        else
            parent[(int)place] = value;
    }

    private static void Remove(JsonNode parent, object place)
    {
        if (place is string key)
            parent.AsObject().Remove(key);
        else
            parent.AsArray().RemoveAt((int)place);
    }
}
