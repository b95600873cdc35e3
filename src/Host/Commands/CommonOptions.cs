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

    private static double Parse(ArgumentResult result, string name, Quantity quantity)
    {
        try
        {
            return quantity.Parse(string.Join(' ', result.Tokens.Select(t => t.Value)));
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
