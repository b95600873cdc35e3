using System.Globalization;
using Csp.Actors.Hosting;
using Csp.Host.Configuration;
using Csp.Learning.Checkpoints;
using Csp.Physics.Files;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Potentials;
using Csp.Physics.Search;
using Csp.Physics.Sscha;
using Csp.Physics.Symmetry;

namespace Csp.Host.Errors;

/// <summary>The one place where exceptions become sentences and exit codes. Traces go to a log file, never to the terminal.</summary>
public static class ErrorPolicy
{
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Interrupted = 130;

    private static readonly char[] LinesAndControls = [.. Enumerable.Range(0, 0xA0).Select(i => (char)i).Where(char.IsControl), '\u2028', '\u2029'];

    /// <summary>Where traces of unexpected errors go; a run sets its own log here.</summary>
    public static string LogFile { get; set; } = DefaultLogFile();

    /// <summary>Writes one clear line to the standard error and returns the exit code.</summary>
    public static int Report(Exception exception)
    {
        Exception cause = Unwrap(exception);
        if (cause is OperationCanceledException)
        {
            Console.Error.WriteLine("csp: interrupted");
            return Interrupted;
        }
        if (IsKnown(cause))
        {
            Console.Error.WriteLine($"csp: {OneLine(cause.Message)}");
            return Failed;
        }
        string where = WriteTrace(exception) ? $" (details in {LogFile})" : "";
        Console.Error.WriteLine($"csp: unexpected error: {OneLine(cause.Message)}{where}");
        return Failed;
    }

    /// <summary>Exceptions whose message was written for the person at the terminal.</summary>
    public static bool IsKnown(Exception e) => e is CommandException or ConfigurationException or StructureFileException or PotentialException
        or LabelerSettingsException or SymmetryException or SschaException or SearchException or CheckpointException or RunFolderException;

    /// <summary>Carries on one line whatever a message holds; words of a file in it are not obeyed by the terminal.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split(LinesAndControls, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static Exception Unwrap(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [Exception inner, ..] } => Unwrap(inner),
        System.Reflection.TargetInvocationException { InnerException: Exception inner } => Unwrap(inner),
        TypeInitializationException { InnerException: Exception inner } => Unwrap(inner),
        _ => e,
    };

    private static bool WriteTrace(Exception exception)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(LogFile)!);
            File.AppendAllText(LogFile, string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:O} unexpected error\n{exception}\n"));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string DefaultLogFile()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return !string.IsNullOrEmpty(state) ? Path.Combine(state, "csp", "csp.log")
            : home.Length > 0 ? Path.Combine(home, ".local", "state", "csp", "csp.log")
            : Path.Combine(Path.GetTempPath(), $"csp-{Environment.UserName}", "csp.log");
    }
}
