using System.Collections.Immutable;

namespace Csp.Host.Configuration;

/// <summary><c>hocon/reference.conf</c>, built into the program: every key with its unit and default.</summary>
public static class Reference
{
    private static readonly Lazy<string> Content = new(() =>
    {
        using Stream stream = typeof(Reference).Assembly.GetManifestResourceStream("reference.conf")
            ?? throw new InvalidOperationException("reference.conf is not built into the program");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    });

    private static readonly Lazy<ImmutableSortedSet<string>> AllKeys =
        new(() => [.. HoconPositions.Scan("reference.conf", Content.Value).Keys]);

    public static string Text => Content.Value;

    /// <summary>Every key that exists.</summary>
    public static ImmutableSortedSet<string> Keys => AllKeys.Value;
}
