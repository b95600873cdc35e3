using System.CommandLine;
using Csp.Host.Configuration;
using Csp.Host.Display;
using Csp.Host.Errors;
using Csp.Host.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Phonons;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Symmetry;

namespace Csp.Host.Commands;

/// <summary><c>csp phonons</c>: harmonic phonons by finite displacements.</summary>
public static class PhononsCommand
{
    public static Command Build()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> input = CommonOptions.In("Structure (one), relaxed.");
        Option<string?> output = new("--out") { Description = "Folder for bands (CSV, SVG) and Quantum ESPRESSO's dynamical matrices." };
        Option<int[]> supercell = CommonOptions.Supercell();
        Option<double> step = CommonOptions.Number("--step", "Displacement, Å.", Quantity.Length, 0.01);
        Option<double> temperature = CommonOptions.Number("--temperature", "Temperature of the free energy, K.", Quantity.Temperature, 0);
        Option<string[]> mass = new("--mass") { Description = "Other masses, e.g. H=2.014.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Command command = new("phonons", "Harmonic phonons of a structure, on the supercell's grid and along the band path.") { model, input, output, supercell, step, temperature, mass, threads, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            int[] copies = parsed.GetRequiredValue(supercell);
            PhononSettings settings = new()
            {
                Supercell = (copies[0], copies[1], copies[2]),
                StepAngstrom = parsed.GetValue(step),
                Masses = SschaCommand.Masses(parsed.GetRequiredValue(mass)),
            };
            double kelvin = parsed.GetValue(temperature);
            if (!(kelvin >= 0))
                throw new CommandException("--temperature must not be negative");
            return await RunAsync(
                parsed.GetRequiredValue(model), parsed.GetRequiredValue(input), parsed.GetValue(output), settings, kelvin,
                CommonOptions.ThreadsOf(parsed.GetValue(threads)), parsed.GetValue(json), cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string model, string input, string? output, PhononSettings settings, double temperature, int threads, bool json, CancellationToken cancellation)
    {
        IPotential potential = ModelBytes.Potential(model);
        Frame frame = Structures.ReadOne(input);
        Structures.CheckElements(input, [frame], potential);
        HarmonicPhonons phonons = await HarmonicPhonons.ComputeAsync(frame.Crystal, new PotentialEvaluator(potential, threads), settings, cancellation);
        BandStructure bands = phonons.Bands();
        if (output is not null)
        {
            Directory.CreateDirectory(output);
            BandFiles.Write(Path.Combine(output, "bands"), bands);
            CrystalSymmetry symmetry = CrystalSymmetry.Of(
                phonons.ForceConstants.Basis, phonons.Cell, Spglib.Analyze(phonons.Cell, settings.SymmetryTolerance).Operations, settings.SymmetryTolerance);
            DynamicalMatrixFiles.Of(phonons.ForceConstants, phonons.Cell, phonons.Masses, symmetry).Write(Path.Combine(output, "dyn_harmonic_"));
        }
        (double FreeEnergy, double Entropy, double HeatCapacity)? thermal = phonons.At(temperature);
        if (json)
        {
            Console.WriteLine(JsonText.Of(new
            {
                Model = potential.Name,
                settings.Supercell.A,
                settings.Supercell.B,
                settings.Supercell.C,
                phonons.StaticEnergyEv,
                LargestForceEvPerAngstrom = phonons.LargestForce,
                phonons.Evaluations,
                QPoints = phonons.QPoints.Select(q => new[] { q.X, q.Y, q.Z }),
                phonons.Frequencies,
                LowestFrequency = phonons.Lowest,
                LowestOnPath = bands.Lowest,
                TemperatureK = temperature,
                FreeEnergyEv = thermal?.FreeEnergy,
                EntropyEvPerK = thermal?.Entropy,
                HeatCapacityEvPerK = thermal?.HeatCapacity,
            }));
            return 0;
        }
        double[][] frequencies = phonons.Frequencies;
        Console.WriteLine(TextTable.Format(["q", "frequencies / cm^-1 (negative = imaginary)"], [.. phonons.QPoints.Select((q, i) => (IReadOnlyList<string>)
            [Text($"{q.X:0.###} {q.Y:0.###} {q.Z:0.###}"), string.Join("  ", frequencies[i].Select(w => Text($"{w:0.0}")))])]));
        Console.WriteLine(Text($"lowest on the grid {phonons.Lowest:0.0}, on the band path {bands.Lowest:0.0} cm^-1"));
        if (thermal is (double free, double entropy, _))
            Console.WriteLine(Text($"harmonic free energy at {temperature:0.###} K: {free:0.000000} eV/cell, entropy {1000 * entropy:0.0000} meV/K"));
        if (phonons.LargestForce > 0.01)
            Console.Error.WriteLine(Text($"csp: the structure is not relaxed (largest force {phonons.LargestForce:0.000} eV/Å); its phonons are not to be trusted"));
        Console.WriteLine(Text($"{phonons.Evaluations} evaluations{(output is null ? "" : $", written to {output}")}"));
        return 0;
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
