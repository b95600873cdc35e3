using System.Text.Json;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Learning.Inference;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Csp.Tests;

namespace Csp.Learning.Tests;

/// <summary>Imported foundation models against the numbers of the published PyTorch implementations.</summary>
public class FoundationModelTests
{
    // Energies 2e-6 eV/atom, forces 2e-5 eV/Å; stress 1e-6 eV/Å^3 (1.6e-4 GPa).
    private const double EnergyTolerance = 2e-6;
    private const double ForceTolerance = 2e-5;
    private const double StressTolerance = 1e-6;

    // The same in single precision, against the double-precision reference: what 24 bits leave of forces up to 100 eV/Å.
    private const double SingleEnergyTolerance = 1e-4;
    private const double SingleForceTolerance = 1e-3;
    private const double SingleStressTolerance = 1e-4;

    public static TheoryData<string, string, string> Published => new()
    {
        { "reference/mattersim/m3gnet-small-seed0.pth", "mattersim", "m3gnet-small-seed0" },
        { "reference/mattersim/m3gnet-1M-layout-seed0.pth", "mattersim", "m3gnet-1M-layout-seed0" },
        { "models/M3GNet-MP-2021.2.8-PES", "M3GNet-MP-2021.2.8-PES", "index_corrected" },
        { "models/M3GNet-MatPES-PBE-v2025.1-PES", "M3GNet-MatPES-PBE-v2025.1-PES", "index_corrected" },
        { "models/TensorNet-MatPES-PBE-v2025.1-PES", "TensorNet-MatPES-PBE-v2025.1-PES", "as_published" },
        { "models/TensorNet-MatPES-r2SCAN-v2025.1-PES", "TensorNet-MatPES-r2SCAN-v2025.1-PES", "as_published" },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Imported_model_gives_the_published_numbers(string model, string reference, string variant)
    {
        EdgeGraphModel imported = ModelImporter.Read(SharedData.Require(model));
        using GraphPotential exact = new(imported, Precision.Float64, variant), single = new(imported, Precision.Float32, variant);
        List<string> wrong = [];
        int compared = 0;
        foreach (string file in Directory.GetFiles(SharedData.Require($"reference/{reference}"), "*.extxyz").Order())
        {
            Crystal crystal = ExtXyz.Read(file)[0].Crystal;
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(file, ".json")));
            JsonElement expected = Find(json.RootElement, variant).GetProperty("float64");
            Compare(exact, EnergyTolerance, ForceTolerance, StressTolerance);
            Compare(single, SingleEnergyTolerance, SingleForceTolerance, SingleStressTolerance);
            compared++;

            void Compare(GraphPotential potential, double energyTolerance, double forceTolerance, double stressTolerance)
            {
                PotentialResult result = potential.Evaluate(crystal);
                double e = Math.Abs(result.Energy - expected.GetProperty("energy_eV").GetDouble()) / crystal.Count;
                double f = Difference(result.Forces, expected.GetProperty("forces_eV_per_A"));
                double s = Difference(result.Stress.ToArray(), expected.TryGetProperty("stress_eV_per_A3_using_abs_volume", out JsonElement abs) ? abs : expected.GetProperty("stress_eV_per_A3"));
                if (!(e < energyTolerance && f < forceTolerance && s < stressTolerance))
                    wrong.Add(FormattableString.Invariant($"{Path.GetFileName(file)}: dE {e:E1} eV/atom, dF {f:E1} eV/Å, dS {s:E1} eV/Å^3"));
            }
        }
        Assert.True(compared >= 14, $"only {compared} structures were compared");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static JsonElement Find(JsonElement root, string variant) =>
        root.GetProperty(root.TryGetProperty("models", out _) ? "models" : "results").GetProperty(variant);

    private static double Difference(double[] actual, JsonElement expected)
    {
        double[] numbers = [.. expected.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(n => n.GetDouble())];
        Assert.Equal(numbers.Length, actual.Length);
        return numbers.Zip(actual).Max(p => Math.Abs(p.First - p.Second));
    }
}
