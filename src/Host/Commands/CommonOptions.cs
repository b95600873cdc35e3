using System.CommandLine;
using System.CommandLine.Parsing;
using Csp.Host.Configuration;

namespace Csp.Host.Commands;

/// <summary>Options that several commands share, each made anew so that a command can say what it means there.</summary>
public static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };

    public static Option<string> Model() => new("--model") { Description = "Model file or folder; several with commas between them are a committee.", Required = true };

    public static Option<string> In(string what = "Structures to read (extended XYZ, CIF, POSCAR).") => new("--in") { Description = what, Required = true };

    public static Option<string> Out(string what = "Structures to write, by extension.", bool required = true) => new("--out") { Description = what, Required = required };

    public static Option<ulong> Seed() => new("--seed") { Description = "Seed of all random choices.", DefaultValueFactory = _ => 1 };

    public static Option<int> Threads()
    {
        Option<int> threads = new("--threads") { Description = "Threads to use (0 = all cores).", DefaultValueFactory = _ => 0 };
        threads.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() < 0)
                r.AddError("--threads must not be negative");
        });
        return threads;
    }

    /// <summary>Three whole numbers, e.g. <c>--supercell 2 2 2</c>.</summary>
    public static Option<int[]> Supercell(int copies = 2) => new("--supercell")
    {
        Description = "Copies of the cell along each lattice vector.",
        Arity = new ArgumentArity(3, 3),
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [copies, copies, copies],
    };

    /// <summary>A number with or without a unit.</summary>
    public static Option<double> Number(string name, string description, Quantity quantity, double? @default = null)
    {
        Option<double> option = new(name)
        {
            Description = description,
            Required = @default is null,
            CustomParser = result => Parse(result, name, quantity),
        };
        if (@default is double value)
            option.DefaultValueFactory = _ => value;
        return option;
    }

    /// <summary>A number that may be left out.</summary>
    public static Option<double?> OptionalNumber(string name, string description, Quantity quantity) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(result, name, quantity),
    };

    /// <summary>Two numbers lo:hi, or one for both, that may be left out unless required.</summary>
    /// <param name="name">Of the option.</param>
    /// <param name="description">Says what the numbers are; that they come as lo:hi is added.</param>
    /// <param name="quantity">Of both.</param>
    /// <param name="zero">Whether they may be 0.</param>
    /// <param name="required">Whether the option has to be given.</param>
    public static Option<(double Lo, double Hi)?> Range(string name, string description, Quantity quantity, bool zero = false, bool required = false) => new(name)
    {
        Description = $"{description}, as lo:hi.",
        Required = required,
        CustomParser = result =>
        {
            double[] ends = Parts(result, quantity);
            if (ends.Length > 0 && ends[0] <= ends[^1] && (ends[0] > 0 || (zero && ends[0] == 0)))
                return (ends[0], ends[^1]);
            result.AddError($"{name} needs {quantity.Name}, or two as lo:hi, with 0 {(zero ? "<=" : "<")} lo <= hi, not '{Text(result)}'");
            return null;
        },
    };

    /// <summary>One or two positive numbers a:b in any order that may be left out; null for a second one that is not given.</summary>
    public static Option<(double First, double? Second)?> OneOrTwo(string name, string description, Quantity quantity) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            double[] parts = Parts(result, quantity);
            if (parts.Length > 0 && parts.All(p => p > 0))
                return (parts[0], parts.Length == 2 ? parts[1] : null);
            result.AddError($"{name} needs {quantity.Name}, or two as a:b, above 0, not '{Text(result)}'");
            return null;
        },
    };

    /// <summary>What was typed for an option.</summary>
    internal static string Text(ArgumentResult result) => string.Join(' ', result.Tokens.Select(t => t.Value));

    /// <summary>One or two numbers with a colon between them; none where the text is anything else.</summary>
    private static double[] Parts(ArgumentResult result, Quantity quantity)
    {
        try
        {
            double[] parts = [.. Text(result).Split(':').Select(quantity.Parse)];
            return parts.Length <= 2 ? parts : [];
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private static double Parse(ArgumentResult result, string name, Quantity quantity)
    {
        try
        {
            return quantity.Parse(Text(result));
        }
        catch (FormatException e)
        {
            result.AddError($"{name} needs {quantity.Name}: {e.Message}");
            return 0;
        }
    }

    /// <summary>The number of threads that <see cref="Threads"/> asks for.</summary>
    public static int ThreadsOf(int asked) => asked > 0 ? asked : Environment.ProcessorCount;
}
