using System.Collections.Immutable;
using System.Globalization;
using Akka.Configuration;

namespace Csp.Host.Configuration;

/// <summary>
/// A configuration file over the reference, key by key. Errors carry file and line.
/// </summary>
public sealed class SettingsSource
{
    /// <summary>The value in <c>reference.conf</c> of a key that every file has to set.</summary>
    public const string Required = "required";

    private readonly string _path;
    private readonly ImmutableSortedDictionary<string, int> _lines;
    private readonly Config _config;
    private readonly SortedSet<string> _read = new(StringComparer.Ordinal);

    private SettingsSource(string path, ImmutableSortedDictionary<string, int> lines, Config config) =>
        (_path, _lines, _config) = (path, lines, config);

    /// <summary>All keys read so far.</summary>
    public IReadOnlySet<string> KeysRead => _read;

    /// <summary>The file over the reference that is built into the program.</summary>
    /// <exception cref="ConfigurationException">Missing, unreadable or malformed.</exception>
    public static SettingsSource FromFile(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, null, e is FileNotFoundException or DirectoryNotFoundException
                ? "the configuration file does not exist" : $"the configuration file cannot be read: {e.Message}", e);
        }
        return FromText(path, text);
    }

    /// <param name="path">For messages.</param>
    /// <param name="text">HOCON; may be empty.</param>
    public static SettingsSource FromText(string path, string text)
    {
        ImmutableSortedDictionary<string, int> lines = HoconPositions.Scan(path, text);
        return new SettingsSource(path, lines, Parse(path, text).WithFallback(Parse("reference.conf", Reference.Text)));
    }

    private static Config Parse(string path, string text)
    {
        if (HoconPositions.Scan(path, text).IsEmpty)
            return Config.Empty;
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ConfigurationException(path, null, $"the configuration is malformed: {e.Message}", e);
        }
    }

    /// <exception cref="ConfigurationException">The file sets a key that the reference does not list; the nearest known one is suggested.</exception>
    public void RefuseUnknownKeys()
    {
        foreach ((string key, int line) in _lines.OrderBy(l => l.Value))
        {
            if (Reference.Keys.Contains(key))
                continue;
            string nearest = Reference.Keys.MinBy(known => EditDistance.Between(key, known))!;
            string hint = EditDistance.Between(key, nearest) <= Math.Max(3, key.Length / 3) ? $" (did you mean '{nearest}'?)" : "";
            throw new ConfigurationException(_path, line, $"the key '{key}' is not known{hint}; hocon/reference.conf lists all keys");
        }
    }

    /// <summary>An input file that a value names; a relative path starts at the folder of the configuration file.</summary>
    public string PathOf(string value) => Path.GetFullPath(value, Path.GetDirectoryName(Path.GetFullPath(_path))!);

    /// <summary>The text of a key.</summary>
    public string Text(string key)
    {
        _read.Add(key);
        string? text;
        try
        {
            text = _config.GetString(key, null);
        }
        catch (Exception e) when (e is ConfigurationException or Akka.Configuration.ConfigurationException or InvalidOperationException or FormatException)
        {
            throw Wrong(key, "needs a single value", e);
        }
        if (text is null)
            throw Wrong(key, "needs a value");
        if (text == Required)
            throw new ConfigurationException(_path, null, $"the key '{key}' is missing; every configuration has to set it");
        return text;
    }

    /// <summary>The text of a key, or null when it is empty.</summary>
    public string? OptionalText(string key) => Text(key) is { Length: > 0 } text ? text : null;

    public double Number(string key, Quantity quantity, double min = double.NegativeInfinity, double max = double.PositiveInfinity)
    {
        string text = Text(key);
        double value;
        try
        {
            value = quantity.Parse(text);
        }
        catch (FormatException e)
        {
            throw Wrong(key, $"needs {quantity.Name}: {e.Message}", e);
        }
        if (value < min || value > max)
            throw Wrong(key, FormattableString.Invariant($"must be {Range(min, max)}, not {value}"));
        return value;
    }

    /// <summary>A number, or null where the text is <c>off</c>.</summary>
    public double? OptionalNumber(string key, Quantity quantity, double min = double.NegativeInfinity) =>
        Text(key) is "off" or "false" ? null : Number(key, quantity, min);

    public int Whole(string key, int min = 0, int max = int.MaxValue)
    {
        string text = Text(key).Trim();
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
            throw Wrong(key, $"needs a whole number, not '{text}'");
        if (value < min || value > max)
            throw Wrong(key, $"must be {Range(min, max)}, not {value}");
        return value;
    }

    public ulong Seed(string key) => ulong.TryParse(Text(key).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
        ? value
        : throw Wrong(key, $"needs a whole number from 0, not '{Text(key)}'");

    public bool Flag(string key) => Text(key) switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        string other => throw Wrong(key, $"must be on or off, not '{other}'"),
    };

    public TimeSpan Duration(string key, TimeSpan min) => TimeSpan.FromSeconds(Number(key, Quantity.Time, min.TotalSeconds, 1e9));

    public ImmutableArray<string> Texts(string key)
    {
        _read.Add(key);
        try
        {
            return [.. _config.GetStringList(key)];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Wrong(key, "needs a list such as [1, 2]", e);
        }
    }

    /// <summary>A list of whole numbers, at least one.</summary>
    public ImmutableArray<int> Wholes(string key, int min, int max = int.MaxValue)
    {
        ImmutableArray<string> texts = Texts(key);
        if (texts.IsEmpty)
            throw Wrong(key, "needs at least one number, as in [1, 2]");
        return [.. texts.Select(t => int.TryParse(t.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw Wrong(key, $"needs whole numbers {Range(min, max)}, not '{t}'"))];
    }

    /// <summary>The error about one key, with its line where the file sets it.</summary>
    public ConfigurationException Wrong(string key, string what, Exception? inner = null) =>
        new(_path, _lines.TryGetValue(key, out int line) ? line : null, $"{key} {what}", inner);

    private static string Range(double min, double max) => (double.IsNegativeInfinity(min), double.IsPositiveInfinity(max) || max >= int.MaxValue) switch
    {
        (true, false) => FormattableString.Invariant($"at most {max}"),
        (false, true) => FormattableString.Invariant($"at least {min}"),
        _ => FormattableString.Invariant($"between {min} and {max}"),
    };
}
