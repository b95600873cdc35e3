using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Sscha.Reference;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

public sealed class CalculationTests
{
    [Theory]
    [InlineData("neon_lj_fcc", 0.01, 2500)]
    [InlineData("rocksalt_doublewell", 0.15, 2500)]
    public void End_to_end_values_are_those_of_the_large_reference_ensembles(string system, double toleranceMevPerAtom, int evaluationsAtMost)
    {
        ReferenceFolder folder = new(SharedData.Require("reference", "sscha", system));
        JsonElement expected = folder.Open("reference_end_to_end.json")!.Value;
        List<SschaProgress> steps = [];
        SschaResult result = SschaCalculation.Run(folder.Cell, ToyPotentials.Of(folder)!, new SschaSettings
        {
            Supercell = folder.Basis.Size,
            TemperatureK = folder.Temperature,
            FreeEnergyTolerance = toleranceMevPerAtom,
            Masses = System.Collections.Immutable.ImmutableDictionary.CreateRange(folder.Cell.Elements.Zip(folder.Masses).DistinctBy(m => m.First)
                .Select(m => KeyValuePair.Create(m.First.Symbol, m.Second / folder.Constants.AmuInRydbergMass))),
        }, new Listener(steps));
        string report = string.Join('\n', steps);
        double reference = expected.GetProperty("F_sscha_per_cell_Ry_mean").GetDouble() * Units.RydbergInEv;
        JsonElement runs = expected.GetProperty("runs");
        double referenceError = runs[0].GetProperty("F_sscha_err_per_cell_Ry").GetDouble() * Units.RydbergInEv / Math.Sqrt(2);
        double sigma = Math.Sqrt(result.FreeEnergyErrorEv * result.FreeEnergyErrorEv + referenceError * referenceError);
        TestContext.Current.TestOutputHelper?.WriteLine($"{report}\nF {result.FreeEnergyEv} +- {result.FreeEnergyErrorEv} expected {reference} +- {referenceError}; evaluations {result.Evaluations}; hessian {result.LowestHessianFrequency} +- {result.LowestHessianFrequencyError}");
        Assert.True(result.Converged, report);
        Assert.True(Math.Abs(result.FreeEnergyEv - reference) < 4 * sigma + 5e-4 * folder.Temperature * Units.BoltzmannEvPerK, $"{result.FreeEnergyEv} ± {sigma} instead of {reference}\n{report}");
        Assert.True(result.Evaluations < evaluationsAtMost, report);

        double[] frequencies = [.. expected.GetProperty("frequencies_cm1_per_q_mean").EnumerateArray().SelectMany(q => q.EnumerateArray().Select(w => w.GetDouble())).Order()];
        double[] ours = [.. result.AuxiliaryFrequencies.SelectMany(f => f).Order()];
        Assert.All(frequencies.Zip(ours), f => Assert.Equal(f.First, f.Second, 0.03 * f.First + 0.3));
        Assert.True(result.Stable);
    }

    [Fact]
    public void A_stopped_calculation_goes_on_from_its_last_population()
    {
        ReferenceFolder folder = new(SharedData.Require("reference", "sscha", "neon_lj_fcc"));
        IPotential potential = ToyPotentials.Of(folder)!;
        string state = Directory.CreateTempSubdirectory("csp-sscha-state-").FullName;
        try
        {
            SschaSettings settings = new() { Supercell = (2, 2, 2), TemperatureK = 12, FreeEnergyTolerance = 1e-4, PopulationSize = 40, MaxPopulationSize = 40, MaxPopulations = 4, Hessian = false };
            SschaResult whole = SschaCalculation.Run(folder.Cell, potential, settings);
            SschaCalculation.Run(folder.Cell, potential, settings with { StateFolder = state, MaxPopulations = 2 });
            SschaResult resumed = SschaCalculation.Run(folder.Cell, potential, settings with { StateFolder = state });
            Assert.Equal(4, resumed.Populations);
            Assert.Equal(whole.FreeEnergyEv, resumed.FreeEnergyEv, 1e-9);
            SschaException other = Assert.Throws<SschaException>(() => SschaCalculation.Run(folder.Cell, potential, settings with { StateFolder = state, TemperatureK = 20 }));
            Assert.Contains("another calculation", other.Message);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public void Bad_input_is_refused_with_a_sentence()
    {
        Crystal neon = new(Mat3.Diagonal(3, 3, 3), [Element.FromSymbol("Ne")], [0, 0, 0]);
        IPotential potential = new ShiftedForceLennardJones(Element.FromSymbol("Ne"), 0.003, 2.78, 7);
        SschaSettings settings = new() { Supercell = (1, 1, 2) };
        Assert.Contains("supercell", Assert.Throws<SschaException>(() => SschaCalculation.Run(neon, potential, settings with { Supercell = (0, 1, 1) })).Message);
        Assert.Contains("temperature", Assert.Throws<SschaException>(() => SschaCalculation.Run(neon, potential, settings with { TemperatureK = double.NaN })).Message);
        Assert.Contains("20 configurations", Assert.Throws<SschaException>(() => SschaCalculation.Run(neon, potential, settings with { PopulationSize = 3 })).Message);
        Assert.Contains("pressure", Assert.Throws<SschaException>(() => SschaCalculation.Run(neon, potential, settings with { Cell = SschaCell.Free })).Message);
        Assert.Throws<PotentialException>(() => SschaCalculation.Run(new Crystal(neon.Lattice, [Element.FromSymbol("H")], [0, 0, 0]), potential, settings));
        Assert.Contains("not finite", Assert.Throws<SschaException>(() => SschaCalculation.RunAsync(neon, new NotANumber(), settings).GetAwaiter().GetResult()).Message);
    }

    [Theory]
    [InlineData("ice_xi_dft")]
    [InlineData("neon_lj_fcc")]
    [InlineData("rocksalt_doublewell")]
    public void Folders_with_dynamical_matrices_only_say_the_same(string system)
    {
        ReferenceFolder folder = new(SharedData.Require("reference", "sscha", system));
        JsonElement file = folder.Open("fc_trial.json")!.Value;
        JsonElement onlyDynq = JsonSerializer.SerializeToElement(new { dynq = file.GetProperty("dynq"), centroids_A = file.GetProperty("centroids_A") });
        BlochMatrix full = folder.ForceConstants(file, "full"), fromDynq = folder.ForceConstants(onlyDynq, "dynq");
        Assert.True((full - fromDynq).Norm < 1e-9 * full.Norm, $"{(full - fromDynq).Norm / full.Norm}");
        Assert.Contains("neither", Assert.Throws<SschaException>(() => folder.ForceConstants(JsonSerializer.SerializeToElement(new { }), "x.json")).Message);
    }

    [Fact]
    public void Fixed_ensembles_that_cannot_be_used_are_refused_with_a_sentence()
    {
        ReferenceFolder folder = new(SharedData.Require("reference", "sscha", "ice_xi_dft"));
        TrialState state = folder.State("fc_trial.json", 0);
        int n = state.Basis.Modes;
        Assert.Contains("imaginary", Assert.Throws<SschaException>(() => state.With(-0.1 * state.Phi, state.Centroids)).Message);
        Assert.Contains("singular", Assert.Throws<SschaException>(() => state.With(0 * state.Phi, state.Centroids)).Message);
        Assert.Contains("does not match", Assert.Throws<SschaException>(() => new SampledEnsemble(state, new double[5 * n], new double[4 * n], new double[5], new double[45], 1)).Message);
        double[] forces = new double[5 * n];
        forces[3 * n + 2] = double.NaN;
        Assert.Contains("configuration 4", Assert.Throws<SschaException>(() => new SampledEnsemble(state, new double[5 * n], forces, new double[5], new double[45], 1)).Message);
        SampledEnsemble few = new(state, PopulationSampler.Draw(state, 4, new GaussianSource(1)), new double[4 * n], new double[4], new double[36], 1);
        Assert.Contains("too few configurations", Assert.Throws<SschaException>(() => FixedEnsembleMinimizer.Minimize(few, state, folder.Symmetry, new MinimizerSettings())).Message);
    }

    private sealed class Listener(List<SschaProgress> steps) : IProgress<SschaProgress>
    {
        public void Report(SschaProgress value) => steps.Add(value);
    }

    private sealed class NotANumber : IEnsembleEvaluator
    {
        public Task<EnsembleForces> EvaluateAsync(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation)
        {
            int copies = positions.Length / (3 * supercell.Count);
            double[] forces = new double[positions.Length];
            Array.Fill(forces, double.NaN);
            return Task.FromResult(new EnsembleForces(new double[copies], forces, new double[9 * copies]));
        }
    }
}
