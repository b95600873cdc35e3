using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Physics.Tests.Potentials;

public class AnalyticPotentialSpecs
{
    private static readonly Mat3 Oblique = new(4.1, 0.3, -0.2, 0.9, 4.6, 0.4, -0.6, 0.5, 5.2);

    [Fact]
    public void Lennard_Jones_forces_and_stress_are_derivatives()
    {
        Derivatives.Check(LennardJones.Argon, Of("Ar Ar Ar", 0.01, 0.02, 0.03, 0.55, 0.4, 0.1, 0.2, 0.6, 0.7));
        Derivatives.Check(LennardJones.KobAndersen, Of("Ni P Ni P", 0.01, 0.02, 0.03, 0.55, 0.4, 0.1, 0.2, 0.6, 0.7, 0.7, 0.1, 0.55));
    }

    [Fact]
    public void Stillinger_Weber_forces_and_stress_are_derivatives() =>
        Derivatives.Check(StillingerWeber.Silicon, Of("Si Si Si Si", 0.01, 0.02, 0.03, 0.55, 0.4, 0.1, 0.2, 0.6, 0.7, 0.7, 0.1, 0.55));

    [Fact]
    public void Buckingham_forces_and_stress_are_derivatives() =>
        Derivatives.Check(Buckingham.TitaniumDioxide, Of("Ti O O", 0.01, 0.02, 0.03, 0.45, 0.4, 0.1, 0.2, 0.6, 0.7));

    [Fact]
    public void Silicon_in_diamond_has_the_published_energy_and_no_stress()
    {
        double a = 5.431;
        Crystal diamond = new(new Mat3(0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0), Elements("Si Si"), [0, 0, 0, 0.25, 0.25, 0.25]);
        PotentialResult result = StillingerWeber.Silicon.Evaluate(diamond);
        Assert.Equal(-4.3364, result.Energy / 2, 3);
        Assert.InRange(result.PressureGPa, -0.05, 0.05);
    }

    [Fact]
    public void Ewald_sum_gives_the_Madelung_constant_of_rock_salt()
    {
        Buckingham charges = new([KeyValuePair.Create(Element.FromSymbol("Na"), 1.0), KeyValuePair.Create(Element.FromSymbol("Cl"), -1.0)], []);
        Crystal salt = new(new Mat3(0, 2.5, 2.5, 2.5, 0, 2.5, 2.5, 2.5, 0), Elements("Na Cl"), [0, 0, 0, 0.5, 0.5, 0.5]);
        Assert.Equal(-1.7475646 * 14.3996454784255 / 2.5, charges.Evaluate(salt).Energy, 4);
    }

    [Fact]
    public void Rutile_and_anatase_are_minima_near_experiment_with_rutile_lower()
    {
        // Experimental cells: rutile a = 4.594, c = 2.959, u = 0.305; anatase a = 3.785, c = 9.514, u = 0.208.
        PotentialResult rutile = Buckingham.TitaniumDioxide.Evaluate(new Crystal(
            Mat3.Diagonal(4.594, 4.594, 2.959), Elements("Ti Ti O O O O"),
            [0, 0, 0, 0.5, 0.5, 0.5, 0.305, 0.305, 0, 0.695, 0.695, 0, 0.195, 0.805, 0.5, 0.805, 0.195, 0.5]));
        Mat3 body = new(-3.785 / 2, 3.785 / 2, 9.514 / 2, 3.785 / 2, -3.785 / 2, 9.514 / 2, 3.785 / 2, 3.785 / 2, -9.514 / 2);
        Crystal anatase = Crystal.FromCartesian(body, Elements("Ti Ti O O O O"),
            [0, 0, 0, 0, 1.8925, 2.3785, 0, 0, 1.979, 0, 0, -1.979, 0, 1.8925, 4.3575, 0, 1.8925, 0.3995]);
        PotentialResult other = Buckingham.TitaniumDioxide.Evaluate(anatase);
        Assert.True(rutile.Energy < other.Energy, $"{rutile.Energy} {other.Energy}");
        Assert.InRange(rutile.Energy / 2, -41, -38);
        Assert.InRange(rutile.PressureGPa, -8, 8);
        Assert.InRange(other.PressureGPa, -8, 8);
    }

    [Fact]
    public void Copies_that_share_a_neighbour_list_get_the_same_numbers()
    {
        Crystal crystal = Of("Si Si Si Si", 0.01, 0.02, 0.03, 0.55, 0.4, 0.1, 0.2, 0.6, 0.7, 0.7, 0.1, 0.55);
        Random random = new(5);
        double[] positions = [.. Enumerable.Range(0, 2).SelectMany(_ => crystal.Cartesian().Select(x => x + 0.3 * (random.NextDouble() - 0.5)))];
        double[] energies = new double[2], forces = new double[24], stresses = new double[18];
        StillingerWeber.Silicon.EvaluateCopies(crystal, positions, energies, forces, stresses);
        for (int copy = 0; copy < 2; copy++)
        {
            PotentialResult single = StillingerWeber.Silicon.Evaluate(crystal.WithCartesian(positions.AsSpan(12 * copy, 12)));
            Assert.Equal(single.Energy, energies[copy], 9);
            Assert.Equal(single.Forces[7], forces[12 * copy + 7], 9);
            Assert.Equal(single.Stress.XY, stresses[9 * copy + 1], 9);
        }
    }

    [Fact]
    public void Unknown_elements_and_coinciding_atoms_are_refused_in_words()
    {
        Assert.Contains("Ni", Assert.Throws<PotentialException>(() => LennardJones.Argon.Evaluate(Of("Ni", 0, 0, 0))).Message);
        Assert.Throws<PotentialException>(() => LennardJones.Argon.Evaluate(Of("Ar Ar", 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)));
        Assert.Contains("neutral", Assert.Throws<PotentialException>(() => Buckingham.TitaniumDioxide.Evaluate(Of("Ti O", 0, 0, 0, 0.5, 0.5, 0.5))).Message);
    }

    private static ImmutableArray<Element> Elements(string symbols) => [.. symbols.Split(' ').Select(Element.FromSymbol)];

    private static Crystal Of(string symbols, params double[] fractional) => new(Oblique, Elements(symbols), fractional);
}
