using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>What a calculation says, and leaves behind, when it cannot go on.</summary>
public sealed class StoppedRunTests
{
    private static readonly Element Neon = Element.FromSymbol("Ne");

    private static readonly Crystal Hcp = new(
        new Mat3(3.05, 0, 0, -1.525, 1.525 * Math.Sqrt(3), 0, 0, 0, 5.1), [Neon, Neon], [1.0 / 3, 2.0 / 3, 0.25, 2.0 / 3, 1.0 / 3, 0.75]);

    private static readonly ShiftedForceLennardJones Potential = new(Neon, 0.00316, 2.782, 6);

    [Fact]
    public void Forces_that_stop_being_finite_leave_the_populations_before_them()
    {
        string state = Directory.CreateTempSubdirectory("csp-sscha-stopped-").FullName;
        try
        {
            SschaSettings settings = new() { Supercell = (2, 2, 1), TemperatureK = 12, FreeEnergyTolerance = 0.01, PopulationSize = 60, Hessian = false, StateFolder = state };
            SschaException stopped = Assert.Throws<SschaException>(() => SschaCalculation.RunAsync(Hcp, new Failing(3), settings).GetAwaiter().GetResult());
            Assert.Contains("a force of configuration 1 is not a finite number", stopped.Message);
            Assert.EndsWith($"population 1 is kept in {state}, and the same command goes on from there", stopped.Message);
            Assert.True(File.Exists(Path.Combine(state, "population_0001.json")));
            SschaResult resumed = SschaCalculation.Run(Hcp, Potential, settings);
            Assert.True(resumed.Converged);
            Assert.True(resumed.Populations > 1);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public void Forces_that_are_never_finite_leave_the_harmonic_start()
    {
        string state = Directory.CreateTempSubdirectory("csp-sscha-stopped-").FullName;
        try
        {
            SschaSettings settings = new() { Supercell = (2, 2, 1), TemperatureK = 12, PopulationSize = 60, Hessian = false, StateFolder = state };
            // The harmonic start asks once.
            SschaException stopped = Assert.Throws<SschaException>(() => SschaCalculation.RunAsync(Hcp, new Failing(2), settings).GetAwaiter().GetResult());
            Assert.EndsWith($"the harmonic start is kept in {state}, and the same command goes on from it", stopped.Message);
            SschaResult whole = SschaCalculation.Run(Hcp, Potential, settings with { StateFolder = null });
            SschaResult resumed = SschaCalculation.Run(Hcp, Potential, settings);
            Assert.Equal(whole.FreeEnergyEv, resumed.FreeEnergyEv, 1e-9);
            Assert.Equal(whole.Evaluations, resumed.Evaluations);
            SschaException nothing = Assert.Throws<SschaException>(() => SschaCalculation.RunAsync(Hcp, new Failing(1), settings with { StateFolder = state + "/new" }).GetAwaiter().GetResult());
            Assert.EndsWith("because nothing had been computed", nothing.Message);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_run_goes_on_from_any_population(int number)
    {
        string state = Directory.CreateTempSubdirectory("csp-sscha-stopped-").FullName;
        try
        {
            SschaSettings settings = new() { Supercell = (2, 2, 1), TemperatureK = 12, FreeEnergyTolerance = 1e-4, PopulationSize = 40, MaxPopulationSize = 40, MaxPopulations = 4, Hessian = false };
            SschaResult whole = SschaCalculation.Run(Hcp, Potential, settings);
            // A crash after the evaluation of this population and before it was used.
            Assert.Throws<IOException>(() => SschaCalculation.Run(Hcp, Potential, settings with { StateFolder = state }, new Crashing(number)));
            SschaResult crashed = SschaCalculation.Run(Hcp, Potential, settings with { StateFolder = state });
            Assert.Equal(whole.FreeEnergyEv, crashed.FreeEnergyEv, 1e-9);
            Assert.Equal(whole.Evaluations, crashed.Evaluations);
            // Without the files of the later populations.
            for (int later = number + 1; later <= 4; later++)
            {
                File.Delete(Path.Combine(state, $"population_000{later}.json"));
                File.Delete(Path.Combine(state, $"population_000{later}.extxyz"));
            }
            SschaResult again = SschaCalculation.Run(Hcp, Potential, settings with { StateFolder = state });
            Assert.Equal(4, again.Populations);
            Assert.Equal(whole.FreeEnergyEv, again.FreeEnergyEv, 1e-9);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public void A_saved_state_that_is_imaginary_damaged_or_of_another_supercell_is_named_and_left_alone()
    {
        string state = Directory.CreateTempSubdirectory("csp-sscha-stopped-").FullName;
        try
        {
            SschaSettings settings = new() { Supercell = (2, 2, 1), TemperatureK = 12, PopulationSize = 40, MaxPopulations = 2, Hessian = false, StateFolder = state };
            SschaCalculation.Run(Hcp, Potential, settings);
            string json = Path.Combine(state, "population_0002.json"), configurations = Path.Combine(state, "population_0002.extxyz");
            string good = File.ReadAllText(json), goodConfigurations = File.ReadAllText(configurations);
            string Sentence(SschaSettings changed) => Assert.Throws<SschaException>(() => SschaCalculation.Run(Hcp, Potential, changed with { MaxPopulations = 3 })).Message;

            string kept = "populations 1 to 2 are kept in " + state;
            Assert.Contains("another calculation", Sentence(settings with { Supercell = (2, 2, 2) }));
            // Every element of Φ turned round: all modes imaginary.
            System.Text.Json.Nodes.JsonNode turned = System.Text.Json.Nodes.JsonNode.Parse(good)!;
            foreach (System.Text.Json.Nodes.JsonNode? matrix in turned["dynq"]!.AsArray())
            {
                foreach (System.Text.Json.Nodes.JsonNode? row in matrix!["re"]!.AsArray())
                {
                    for (int i = 0; i < row!.AsArray().Count; i++)
                        row[i] = -row[i]!.GetValue<double>();
                }
            }
            File.WriteAllText(json, turned.ToJsonString());
            string imaginary = Sentence(settings);
            Assert.Contains("the trial force constants are imaginary", imaginary);
            Assert.Contains(kept, imaginary);
            File.WriteAllText(json, good);
            File.WriteAllText(configurations, goodConfigurations[..(goodConfigurations.Length / 2)]);
            Assert.Contains("population_0002 cannot be read", Sentence(settings));
            File.WriteAllText(configurations, goodConfigurations);
            Assert.Equal(good, File.ReadAllText(json));
            Assert.Equal(3, SschaCalculation.Run(Hcp, Potential, settings with { MaxPopulations = 3, FreeEnergyTolerance = 1e-4 }).Populations);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public void A_Hessian_that_does_not_fit_in_the_memory_is_refused_with_its_size()
    {
        BlochBasis one = BlochBasis.Standard((1, 1, 1), 216), many = BlochBasis.Standard((6, 6, 3), 2);
        // 648³ complex numbers each.
        string refused = Assert.Throws<SschaException>(() => FreeEnergyHessian.RequireMemory(one, fourthOrder: true, available: 16_000_000_000)).Message;
        Assert.Contains("of 648 modes with its fourth order needs 52.2 GB of memory and 16.0 GB are there", refused);
        FreeEnergyHessian.RequireMemory(many, fourthOrder: true, available: 1_000_000_000);
    }

    [Fact]
    public async Task Too_few_configurations_are_named_with_the_number_that_would_do()
    {
        // Without symmetry 33 modes have some 560 free parameters.
        Crystal cell = WithoutSymmetry();
        SschaSystem system = new(new SymmetricStructure(cell, [Physics.Symmetry.SymmetryOperation.Identity]), new SschaSettings { Supercell = (1, 1, 1), TemperatureK = 12 });
        PotentialEvaluator evaluator = new(Potential, 1);
        CrystalSymmetry symmetry = system.SymmetryOf(cell);
        (BlochMatrix phi, _, _) = await Physics.Phonons.FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(cell), system.Basis, symmetry, evaluator, system.Constants, 0.01, TestContext.Current.CancellationToken);
        TrialState start = system.State(Physics.Phonons.PositiveForceConstants.Of(phi, system.Masses, 40 / system.Constants.RydbergInInverseCm), cell);
        Population few = await Population.DrawAsync(system, start, cell.Lattice, 40, 1, evaluator, SschaSampler.Antithetic, TestContext.Current.CancellationToken);
        MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(few.Ensemble, start, symmetry, new MinimizerSettings { GradientTolerance = 1e-8, MaxSteps = 60 });
        Assert.False(minimum.Converged);
        Assert.Contains("did not converge on 40 configurations for 36 modes", minimum.Problem);
        Assert.Contains("would be needed", minimum.Problem);
    }

    [Fact]
    public void Without_symmetry_populations_grow_until_there_is_a_fixed_point()
    {
        SschaSettings settings = new() { Supercell = (1, 1, 1), TemperatureK = 12, FreeEnergyTolerance = 0.5, PopulationSize = 50, ControlVariate = false, Hessian = false };
        SschaResult one = SschaCalculation.Run(WithoutSymmetry(), Potential, settings with { MaxPopulations = 1 });
        Assert.False(one.Converged);
        Assert.Contains("did not converge on 50 configurations for 36 modes", one.Problem);
        Assert.Contains("would be needed", one.Problem);
        SschaResult enough = SschaCalculation.Run(WithoutSymmetry(), Potential, settings);
        Assert.True(enough.Converged);
        Assert.Null(enough.Problem);
    }

    private static Crystal WithoutSymmetry()
    {
        GaussianSource noise = new(3);
        Crystal cell = Supercell.Build(Hcp, 3, 2, 1).Crystal;
        return cell.WithCartesian([.. cell.Cartesian().Select(x => x + 0.03 * noise.Next())]);
    }

    [Theory]
    [InlineData(SschaCell.FixedVolume)]
    [InlineData(SschaCell.FixedShape)]
    public void Volume_or_shape_stays_when_asked(SschaCell what)
    {
        SschaSettings settings = new()
        {
            Supercell = (2, 2, 1),
            TemperatureK = 12,
            FreeEnergyTolerance = 0.05,
            Hessian = false,
            Cell = what,
            PressureGPa = 0.5,
            StressToleranceGPa = 0.01,
            Masses = System.Collections.Immutable.ImmutableDictionary<string, double>.Empty.Add("Ne", 22),
        };
        SschaResult result = SschaCalculation.Run(Hcp, Potential, settings);
        Assert.True(result.Converged);
        double ratio = result.Cell.Lattice.Row(2).Norm / result.Cell.Lattice.Row(0).Norm;
        if (what == SschaCell.FixedVolume)
        {
            Assert.Equal(Hcp.Volume, result.Cell.Volume, 1e-9);
            Assert.Equal(result.PressureGPa[0, 0], result.PressureGPa[2, 2], 0.03);
        }
        else
        {
            Assert.Equal(5.1 / 3.05, ratio, 1e-9);
            Assert.Equal(0.5, result.PressureGPa.Trace / 3, 0.02);
        }
    }

    /// <summary>Stops a run as a crash would, once a population has been minimised and before its end is saved.</summary>
    private sealed class Crashing(int population) : IProgress<SschaProgress>
    {
        public void Report(SschaProgress value)
        {
            if (value.Population == population)
                throw new IOException("a crash");
        }
    }

    /// <summary>Answers until a call, and then with numbers that are not finite.</summary>
    private sealed class Failing(int from) : IEnsembleEvaluator
    {
        private readonly PotentialEvaluator _evaluator = new(Potential, 1);
        private int _calls;

        public async Task<EnsembleForces> EvaluateAsync(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation)
        {
            EnsembleForces answer = await _evaluator.EvaluateAsync(supercell, positions, cancellation);
            if (++_calls >= from)
                Array.Fill(answer.Forces, double.NaN);
            return answer;
        }
    }
}
