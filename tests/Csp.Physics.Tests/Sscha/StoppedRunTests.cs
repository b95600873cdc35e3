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
    public async Task Too_few_configurations_are_named_with_the_number_that_would_do()
    {
        // Without symmetry 33 modes have some 560 free parameters.
        GaussianSource noise = new(3);
        Crystal cell = Supercell.Build(Hcp, 3, 2, 1).Crystal;
        cell = cell.WithCartesian([.. cell.Cartesian().Select(x => x + 0.03 * noise.Next())]);
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
