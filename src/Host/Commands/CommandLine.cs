using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Csp.Host.Errors;

namespace Csp.Host.Commands;

/// <summary>The command line of the program. Bad usage is one line on the standard error and exit code 2.</summary>
public static class CommandLine
{
    public static RootCommand Build() => new("Csp predicts crystal structures of strongly anharmonic materials.")
    {
        RunCommand.BuildRun(),
        RunCommand.BuildHost(),
        NodeCommand.Build(),
        StatusCommand.BuildStatus(),
        StatusCommand.BuildMetrics(),
        EvaluateCommand.Build(),
        RelaxCommand.Build(),
        GenerateCommand.Build(),
        DisplaceCommand.Build(),
        SymmetryCommand.Build(),
        SelectCommand.Build(),
        LabelCommand.Build(),
        TrainCommand.Build(),
        ModelCommand.Build(),
        PhononsCommand.Build(),
        SschaCommand.Build(),
        SearchCommand.Build(),
        ReportCommand.Build(),
    };

    public static async Task<int> InvokeAsync(string[] args)
    {
        ParseResult parsed = Build().Parse(args);
        if (args.Length > 0 && parsed.Errors is [ParseError first, ..])
        {
            Console.Error.WriteLine($"csp: {Sentence(first.Message)} (csp {PathOf(parsed.CommandResult)}--help lists the options)");
            return ErrorPolicy.Usage;
        }
        using Interrupts interrupts = new();
        Interrupts.Current = interrupts;
        InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        using StringWriter help = new();
        if (parsed.Action is HelpAction)
            configuration.Output = help;
        int code = await parsed.InvokeAsync(configuration, interrupts.Token);
        // System.CommandLine names the program after its assembly.
        Console.Out.Write(help.ToString().Replace("Csp.Host", "csp", StringComparison.Ordinal));
        return code;
    }

    private static string PathOf(CommandResult result)
    {
        List<string> names = [];
        for (CommandResult? at = result; at is { Parent: not null }; at = at.Parent as CommandResult)
            names.Insert(0, at.Command.Name);
        return string.Concat(names.Select(n => n + " "));
    }

    private static string Sentence(string message) => ErrorPolicy.OneLine(message).TrimEnd('.');
}
