using System.CommandLine;
using System.Globalization;
using Csp.Host.Configuration;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Search;

namespace Csp.Host.Commands;

/// <summary><c>csp displace</c>: displaced, strained and compressed copies of crystals.</summary>
public static class DisplaceCommand
{
    public static Command Build()
    {
        Option<string> input = CommonOptions.In();
        Option<string> output = CommonOptions.Out();
        Option<int[]> supercell = CommonOptions.Supercell(1);
        Option<(double Lo, double Hi)?> amplitude = CommonOptions.Range(
            "--amplitude", "Standard deviation of each component of the lightest element's displacements (heavier ones move less, by mass^-1/4), Å", Quantity.Length, zero: true, required: true);
        Option<double> strain = CommonOptions.Number("--strain", "Standard deviation of the components of a strain that keeps the volume.", Quantity.Plain, 0);
        Option<(double Lo, double Hi)?> volume = CommonOptions.Range("--volume-per-atom", "Å^3 per atom (the volume of the input when not given)", Quantity.Volume);
        Option<double> distance = CommonOptions.Number("--min-distance-factor", "Smallest distance as a fraction of the sum of covalent radii.", Quantity.Plain, 0.6);
        Option<int> count = new("--count") { Description = "Copies to make of each structure.", DefaultValueFactory = _ => 1 };
        Option<ulong> seed = CommonOptions.Seed();
        Option<bool> json = CommonOptions.Json();
        Command command = new("displace", "Make displaced, strained and compressed copies of crystals.") { input, supercell, amplitude, strain, volume, distance, count, seed, output, json };
        command.SetAction(parsed =>
        {
            (double lo, double hi) = parsed.GetValue(amplitude)!.Value;
            int[] size = parsed.GetRequiredValue(supercell);
            DisplacementRequest request = new(lo, hi)
            {
                Supercell = (size[0], size[1], size[2]),
                Strain = parsed.GetValue(strain),
                VolumePerAtom = parsed.GetValue(volume),
                MinDistanceFactor = parsed.GetValue(distance),
            };
            return Run(parsed.GetRequiredValue(input), request, parsed.GetValue(count), parsed.GetValue(seed), parsed.GetRequiredValue(output), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(string input, DisplacementRequest request, int count, ulong seed, string output, bool json)
    {
        if (count is < 1 or > 1_000_000)
            throw new CommandException($"--count must lie between 1 and 1000000, not {count}");
        IReadOnlyList<Frame> frames = Structures.Read(input);
        List<Frame> made = [];
        for (int i = 0; i < frames.Count; i++)
        {
            try
            {
                for (int k = 0; k < count; k++)
                {
                    Crystal copy = DisplacedCrystals.Draw(frames[i].Crystal, request, seed, (ulong)(i * (long)count + k));
                    made.Add(new Frame(copy).With("displaced_from", (i + 1).ToString(CultureInfo.InvariantCulture)));
                }
            }
            catch (SearchException e)
            {
                throw new CommandException($"{input}, structure {i + 1}: {e.Message}", e);
            }
        }
        StructureFile.Write(output, made);
        Console.WriteLine(json
            ? JsonText.Of(new { Made = made.Count, Of = frames.Count, Out = output })
            : $"{made.Count} copies of {frames.Count} structures written to {output}");
        return 0;
    }
}
