using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;
using Csp.Physics.Tests.Search;
using Xunit;

namespace Csp.Physics.Tests.Relaxation;

public class CrystalRelaxerSpecs(ITestOutputHelper output)
{
    [Theory]
    [InlineData("Ni12P4", 120.0, 1.6, 10.0)]
    [InlineData("Si8", 160.0, 1.9, 0.0)]
    [InlineData("Ti4O8", 130.0, 1.7, 0.0)]
    public void Random_starts_converge_in_few_evaluations(string formula, double volume, double distance, double pressure)
    {
        IPotential potential = PotentialOf(formula);
        List<int> evaluations = [];
        int converged = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            Crystal start = Starts.Random(formula, volume, distance, seed);
            RelaxationOutcome outcome = CrystalRelaxer.Relax(start, potential, new RelaxationSettings(pressure), TestContext.Current.CancellationToken);
            output.WriteLine($"{outcome.Status} {outcome.Evaluations} {outcome.EnthalpyPerAtom:F5} {outcome.Crystal.Volume / start.Count:F3} {outcome.Reason}");
            evaluations.Add(outcome.Evaluations);
            if (outcome.Status == RelaxationStatus.Converged)
                converged++;
        }
        evaluations.Sort();
        output.WriteLine($"{formula}: converged {converged}, median {evaluations[10]}, 90 % {evaluations[18]}");
        Assert.True(converged >= 19, $"only {converged} of 20 converged");
        Assert.True(evaluations[10] <= 95, $"median {evaluations[10]}");
    }

    [Fact]
    public void Finds_diamond_at_the_published_lattice_constant()
    {
        double a = 6.2;
        Crystal start = new(new Mat3(0.1, a / 2, a / 2, a / 2, 0, a / 2 - 0.2, a / 2, a / 2, 0), Starts.Elements("Si2"), [0, 0, 0, 0.27, 0.24, 0.26]);
        RelaxationOutcome outcome = CrystalRelaxer.Relax(start, StillingerWeber.Silicon, new RelaxationSettings(0) { KeepIntermediates = 3 });
        Assert.Equal(RelaxationStatus.Converged, outcome.Status);
        Assert.Equal(-4.3364, outcome.EnthalpyPerAtom, 4);
        Assert.Equal(5.431, Math.Cbrt(4 * outcome.Crystal.Volume), 2);
        Assert.Equal(3, outcome.Intermediates.Length);
        Assert.True(outcome.Result!.Forces.Max(Math.Abs) <= 1e-3);
    }

    [Fact]
    public void Pressure_enters_the_enthalpy_and_the_stress()
    {
        Crystal start = Starts.Random("Si2", 40, 2, 3);
        RelaxationOutcome outcome = CrystalRelaxer.Relax(start, StillingerWeber.Silicon, new RelaxationSettings(5));
        Assert.Equal(5, outcome.Result!.PressureGPa, 1);
        double expected = (outcome.Result.Energy + 5 / Units.EvPerCubicAngstromInGPa * outcome.Crystal.Volume) / 2;
        Assert.Equal(expected, outcome.EnthalpyPerAtom, 9);
    }

    [Fact]
    public void Keeps_the_cell_when_only_atoms_may_move_and_the_space_group_when_asked()
    {
        Crystal start = Starts.Random("Si4", 80, 2, 1);
        RelaxationOutcome atoms = CrystalRelaxer.Relax(start, StillingerWeber.Silicon, new RelaxationSettings(0) { RelaxCell = false });
        Assert.Equal(RelaxationStatus.Converged, atoms.Status);
        Assert.Equal(start.Lattice, atoms.Crystal.Lattice);

        // A simple cubic crystal is a saddle: with its symmetry kept, it stays one.
        Crystal cubic = new(new Mat3(2.4, 0.001, 0, 0, 2.4, 0, 0, 0, 2.401), Starts.Elements("Si"), [0.1, 0.2, 0.3]);
        RelaxationOutcome kept = CrystalRelaxer.Relax(cubic, StillingerWeber.Silicon, new RelaxationSettings(0) { KeepSymmetry = true });
        Assert.Equal(RelaxationStatus.Converged, kept.Status);
        Assert.Equal(221, Csp.Physics.Symmetry.Spglib.Analyze(kept.Crystal, 1e-4).Number);

        Crystal low = RandomCrystals.Generate(new RandomCrystalRequest(Composition.Parse("Si6"), 110, 130) { Groups = [166], MinDistanceFactor = 0.9 }, 4).Crystal!;
        RelaxationOutcome trigonal = CrystalRelaxer.Relax(low, StillingerWeber.Silicon, new RelaxationSettings(0) { KeepSymmetry = true });
        Assert.Equal(RelaxationStatus.Converged, trigonal.Status);
        Assert.Equal(0, Csp.Physics.Symmetry.Spglib.Analyze(trigonal.Crystal, 1e-3).Operations.Length % 12);
    }

    [Fact]
    public void Every_guard_rail_gives_a_reason()
    {
        Crystal good = Starts.Random("Si4", 80, 2, 1);
        Rejected("apart", good.WithFractional([0, 0, 0, 0.01, 0, 0, 0.5, 0.5, 0.5, 0.5, 0, 0.5]));
        Rejected("collapses", good.ScaledToVolume(2));
        Rejected("flies apart", good.ScaledToVolume(4000));
        Rejected("heights", new Crystal(Mat3.Diagonal(2, 2, 60), Starts.Elements("Si4"), [0, 0, 0, 0, 0, 0.2, 0, 0, 0.4, 0, 0, 0.6]));
        Rejected("not made for", Starts.Random("Ar4", 160, 2, 1));
        Rejected("not a finite number", good, new Broken { Energy = double.NaN });
        Rejected("uncertain", good, new Broken { Uncertainty = 1 }, new RelaxationSettings(0) { Guards = new GuardRails { MaxUncertainty = 0.1 } });
        Rejected("force", good, new Broken { Uncertainty = 1 }, new RelaxationSettings(0) { Guards = new GuardRails { MaxForce = 1e-9 } });
        Rejected("apart", good, new Broken { Pull = 3000 });
    }

    [Fact]
    public void Forces_that_are_no_derivatives_end_without_a_hang()
    {
        RelaxationOutcome outcome = CrystalRelaxer.Relax(Starts.Random("Si4", 80, 2, 1), new Broken { Reversed = true }, new RelaxationSettings(0));
        Assert.NotEqual(RelaxationStatus.Converged, outcome.Status);
        Assert.Contains("derivatives", outcome.Reason);
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => CrystalRelaxer.Relax(Starts.Random("Si4", 80, 2, 1), StillingerWeber.Silicon, new RelaxationSettings(0), cancelled.Token));
    }

    [Fact]
    public void A_structure_that_cannot_win_is_given_up_early()
    {
        Crystal start = Starts.Random("Si8", 160, 1.9, 4);
        RelaxationOutcome full = CrystalRelaxer.Relax(start, StillingerWeber.Silicon, new RelaxationSettings(0));
        RelaxationOutcome early = CrystalRelaxer.Relax(start, StillingerWeber.Silicon, new RelaxationSettings(0) { GiveUpAbove = -4.33 });
        Assert.Equal(RelaxationStatus.Unfinished, early.Status);
        Assert.Contains("cannot", early.Reason);
        Assert.True(early.Evaluations < full.Evaluations);
    }

    private static void Rejected(string reason, Crystal crystal, IPotential? potential = null, RelaxationSettings? settings = null)
    {
        RelaxationOutcome outcome = CrystalRelaxer.Relax(crystal, potential ?? StillingerWeber.Silicon, settings ?? new RelaxationSettings(0));
        Assert.Equal(RelaxationStatus.Rejected, outcome.Status);
        Assert.Contains(reason, outcome.Reason);
        Assert.True(double.IsNaN(outcome.EnthalpyPerAtom));
    }

    /// <summary>Silicon with one thing wrong.</summary>
    private sealed class Broken : IPotential
    {
        public string Name => "broken";

        public double? Energy { get; init; }

        public double? Uncertainty { get; init; }

        /// <summary>eV/Å^3: an inward stress that never ends.</summary>
        public double Pull { get; init; }

        /// <summary>Forces of the wrong sign.</summary>
        public bool Reversed { get; init; }

        public bool Supports(Element element) => true;

        public PotentialResult Evaluate(Crystal crystal)
        {
            PotentialResult r = StillingerWeber.Silicon.Evaluate(crystal);
            double[] forces = [.. r.Forces.Select(f => Reversed ? -f : f)];
            return new PotentialResult(Energy ?? (r.Energy + Pull * crystal.Volume), forces, r.Stress + Mat3.Diagonal(Pull, Pull, Pull), Uncertainty);
        }

        public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses) =>
            throw new NotSupportedException();
    }

    private static IPotential PotentialOf(string formula) => formula[..2] switch
    {
        "Ni" => LennardJones.KobAndersen,
        "Si" => StillingerWeber.Silicon,
        _ => Buckingham.TitaniumDioxide,
    };
}
