namespace Csp.Host.Tests;

/// <summary>Files of the repository, found by walking up from the test assembly.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string Folder(string name) => Path.Combine(Root, name);

    private static string Find()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Csp.sln")))
            at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
