using Xunit;

namespace Csp.Tests;

/// <summary>
/// Finds the reference data that lies outside the repository: <c>$CSP_SHARED</c>, or a folder <c>shared</c> with a subfolder
/// <c>reference</c> beside or inside any folder above the test assembly. Tests that need it are skipped where it is absent.
/// </summary>
internal static class SharedData
{
    private static readonly Lazy<string?> Root = new(Find);

    /// <summary>The shared folder, or null.</summary>
    public static string? Folder => Root.Value;

    /// <summary>The full path of a file or folder below the shared folder; the test is skipped when it is not there.</summary>
    public static string Require(params string[] parts)
    {
        if (Folder is null)
            Assert.Skip("reference data (shared/reference) is not on this machine");
        string path = Path.Combine([Folder!, .. parts]);
        if (!File.Exists(path) && !Directory.Exists(path))
            Assert.Skip($"{Path.Combine(parts)} is not in the reference data on this machine");
        return path;
    }

    private static string? Find()
    {
        string? given = Environment.GetEnvironmentVariable("CSP_SHARED");
        if (!string.IsNullOrEmpty(given))
            return Directory.Exists(given) ? given : null;
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "reference")))
                return candidate;
        }
        return null;
    }
}
