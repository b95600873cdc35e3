using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
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
        for (int seed = 0; seed < 40; seed++)
        {
            Crystal start = Starts.Random(formula, volume, distance, seed);
            RelaxationOutcome outcome = CrystalRelaxer.Relax(start, potential, new RelaxationSettings(pressure), TestContext.Current.CancellationToken);
            output.WriteLine($"{outcome.Status} {outcome.Evaluations} {outcome.EnthalpyPerAtom:F5} {outcome.Crystal.Volume / start.Count:F3} {outcome.Reason}");
            evaluations.Add(outcome.Evaluations);
            if (outcome.Status == RelaxationStatus.Converged)
                converged++;
        }
        evaluations.Sort();
        output.WriteLine($"{formula}: converged {converged}, median {evaluations[20]}, 90 % {evaluations[36]}");
        Assert.True(converged >= 36, $"only {converged} of 40 converged");
        Assert.True(evaluations[20] <= 95, $"median {evaluations[20]}");
    }

    private static IPotential PotentialOf(string formula) => formula[..2] switch
    {
        "Ni" => LennardJones.KobAndersen,
        "Si" => StillingerWeber.Silicon,
        _ => Buckingham.TitaniumDioxide,
    };
}
