using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;
using Csp.Physics.Search.Operators;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Search;

/// <summary>What each operator promises of its offspring, before any repair or relaxation.</summary>
public class OperatorSpecs(ITestOutputHelper output)
{
    private const int Draws = 40;

    /// <summary>Their origin is searched for by brute force.</summary>
    private const int Crossings = 12;

    private static readonly SearchSettings Settings = new(Composition.Parse("H3S"), 150, 3.4, 4.4) { FormulaUnits = [1, 2, 4] };

    [Fact]
    public void Heredity_takes_a_layer_of_one_parent_and_the_rest_of_the_other()
    {
        // Cubes of one size: whatever way the parents are turned, offspring have their cell and each atom the place it had in its parent.
        Crystal a = Cube("H12S4", 11), b = Cube("H12S4", 12);
        int layered = 0, mixed = 0;
        for (int seed = 0; seed < Crossings; seed++)
        {
            Crystal child = Child(new Heredity(), seed, a, b);
            Assert.Equal(a.Composition, child.Composition);
            Assert.Equal(a.Volume, child.Volume, 6);
            bool[] ofA = From(child, a), ofB = From(child, b);
            Assert.All(Enumerable.Range(0, child.Count), i => Assert.True(ofA[i] || ofB[i], $"atom {i + 1} comes from neither parent"));
            if (!ofA.Any(x => x) || !ofB.Any(x => x))
                continue;
            mixed++;
            layered += Enumerable.Range(0, 3).Any(axis => Changes(child, ofA, axis) <= 4) ? 1 : 0;
        }
        output.WriteLine($"{mixed} of {Crossings} hold atoms of both, {layered} in layers");
        Assert.True(mixed > 0.8 * Crossings);
        // Atoms that complete the composition are taken from next to the cuts, and may sit beyond them.
        Assert.True(layered > 0.7 * mixed);
    }

    [Fact]
    public void Heredity_joins_parents_of_different_size()
    {
        Crystal small = Starts.Random("H3S", 16, 1, 1), large = Starts.Random("H12S4", 64, 1, 2);
        for (int seed = 0; seed < 10; seed++)
        {
            Assert.Equal(small.Composition, Child(new Heredity(), seed, small, large).Composition);
            Assert.Equal(large.Composition, Child(new Heredity(), seed, large, small).Composition);
        }
    }

    [Fact]
    public void Soft_mutation_goes_far_along_soft_modes()
    {
        Crystal parent = Starts.Random("H12S4", 64, 1, 3);
        double[] hessian = SpringPreconditioner.Build(parent, relaxCell: false).AtomBlock();
        Random random = new(5);
        double typical = Enumerable.Range(0, 200).Average(_ => Stiffness([.. Enumerable.Range(0, 48).Select(_ => random.Gaussian())]));
        for (int seed = 0; seed < Draws; seed++)
        {
            double[] moved = Displacement(parent, Child(new SoftMutation(), seed, parent));
            Assert.True(Stiffness(moved) < 0.7 * typical);
            Assert.InRange(Longest(moved) / Chance.Spacing(parent), 0.24, 0.81);
        }

        double Stiffness(double[] x)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                for (int j = 0; j < x.Length; j++)
                    sum += x[i] * hessian[i * x.Length + j] * x[j];
            }
            return sum / x.Sum(v => v * v);
        }
    }

    [Fact]
    public void A_ripple_runs_along_one_vector_and_moves_along_another()
    {
        double[] grid = [.. from x in Enumerable.Range(0, 4) from y in Enumerable.Range(0, 4) from z in Enumerable.Range(0, 4) from f in new[] { x, y, z } select f / 4.0];
        Crystal parent = new(Mat3.Diagonal(8, 9, 10), Starts.Elements("Si64"), grid);
        for (int seed = 0; seed < Draws; seed++)
        {
            // Fractional coordinates do not feel the strain that comes with it.
            Vec3[] moved = Fractional(parent, Child(new Ripple(), seed, parent));
            int direction = Enumerable.Range(0, 3).MaxBy(d => moved.Max(m => Math.Abs(m[d])));
            Assert.All(moved, m => Assert.True((m - m[direction] * Unit(direction)).Norm < 1e-9));
            int along = Enumerable.Range(0, 3).Single(d => Enumerable.Range(0, 64).GroupBy(i => parent.FractionalOf(i)[d]).All(g => Spread(g.Select(i => moved[i][direction])) < 1e-9));
            Assert.NotEqual(direction, along);
            // Whole waves have no mean.
            Assert.Equal(0, moved.Average(m => m[direction]), 9);
        }
    }

    [Fact]
    public void A_slip_shifts_one_slab_as_a_whole()
    {
        Crystal parent = Starts.Random("H12S4", 64, 1, 4);
        for (int seed = 0; seed < Draws; seed++)
        {
            Vec3[] moved = Fractional(parent, Child(new Slip(), seed, parent));
            int[] slab = [.. Enumerable.Range(0, 16).Where(i => moved[i].Norm > 1e-12)];
            Assert.InRange(slab.Length, 1, 15);
            Assert.All(slab, i => Assert.True((moved[i] - moved[slab[0]]).Norm < 1e-12));
            bool[] inSlab = [.. moved.Select(m => m.Norm > 1e-12)];
            Assert.Contains(Enumerable.Range(0, 3), axis => Math.Abs(moved[slab[0]][axis]) < 1e-12 && Changes(parent, inSlab, axis) <= 2);
        }
    }

    [Fact]
    public void A_rotation_turns_molecules_without_bending_them()
    {
        // Two molecules of CO2 (C-O 1.16 Å), one of them across the boundary of the cell.
        Crystal parent = Crystal.FromCartesian(Mat3.Diagonal(6, 6, 6), [.. "COOCOO".Select(c => Element.FromSymbol($"{c}"))],
            [1, 1, 1, 2.16, 1, 1, -0.16, 1, 1, 4, 4, 5.5, 4, 4, 6.66, 4, 4, 4.34]);
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal child = Child(new Rotation(), seed, parent);
            Assert.Equal(parent.Lattice, child.Lattice);
            int turned = 0;
            foreach (int carbon in new[] { 0, 3 })
            {
                Vec3 first = Nearest(child, carbon, carbon + 1), second = Nearest(child, carbon, carbon + 2);
                Assert.Equal(1.16, first.Norm, 9);
                Assert.True((first + second).Norm < 1e-9, "it stays straight");
                Assert.True((child.PositionOf(carbon) - parent.PositionOf(carbon)).Norm < 1e-9, "its centre stays");
                turned += Vec3.Cross(first, Nearest(parent, carbon, carbon + 1)).Norm > 1e-6 ? 1 : 0;
            }
            Assert.InRange(turned, 1, 2);
        }
    }

    [Fact]
    public void A_supercell_holds_copies_displaced_against_each_other()
    {
        Crystal parent = Starts.Random("H3S", 16, 1, 5);
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal child = Child(new DoubledCell(), seed, parent);
            int factor = child.Count / parent.Count;
            Assert.Contains(factor, new[] { 2, 4 });
            Assert.Equal(factor * parent.Volume, child.Volume, 6);
            Assert.False(Fingerprint.Same(Fingerprint.Of(parent), Fingerprint.Of(child), Settings.DuplicateDistance), "the copies differ");
            Assert.Equal(0, Displacement(Supercells(parent, factor).MinBy(s => Longest(Displacement(s, child)))!, child).Sum(), 6);
        }
    }

    [Fact]
    public void A_sub_cell_is_a_part_of_its_parent()
    {
        Crystal parent = Cube("H12S4", 13);
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal child = Child(new SubCell(), seed, parent);
            int divisor = parent.Count / child.Count;
            Assert.Contains(divisor, new[] { 2, 4 });
            Assert.Equal(parent.Composition.Reduced, child.Composition.Reduced);
            Assert.Equal(parent.Volume / parent.Count, child.Volume / child.Count, 6);
            // One edge is shorter, the other two are those of the parent.
            double[] edges = [.. Enumerable.Range(0, 3).Select(d => child.Lattice.Row(d).Norm).Order()];
            double edge = Math.Cbrt(parent.Volume);
            Assert.Equal(edge / divisor, edges[0], 6);
            Assert.Equal(edge, edges[1], 6);
        }
    }

    [Fact]
    public void Symmetrised_variation_keeps_a_subgroup()
    {
        Crystal parent = RandomCrystals.Generate(new RandomCrystalRequest(Composition.Parse("S4H12"), 56, 72) { Groups = [62] }, 3).Crystal!;
        int order = Spglib.Analyze(parent, 0.01).Operations.Length, kept = 0;
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal child = Child(new Symmetrized(), seed, parent);
            int left = Spglib.Analyze(child, 0.01).Operations.Length;
            Assert.Equal(0, order % left);
            Assert.Equal(parent.Volume, child.Volume, 6);
            kept += left > 1 ? 1 : 0;
        }
        output.WriteLine($"{kept} of {Draws} keep some of {order} operations");
        // One operation of eight is the identity, so that a second one is drawn half the time: 1 - 1/8 (1/2 + 1/2 1/8) = 93 % are symmetric.
        Assert.True(kept > 0.75 * Draws);
    }

    [Fact]
    public void Permutation_exchanges_elements_and_nothing_else()
    {
        Crystal parent = Starts.Random("H12S4", 64, 1, 6);
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal child = Child(new Permutation(), seed, parent);
            Assert.Equal(parent.Lattice, child.Lattice);
            Assert.Equal(parent.Fractional.ToArray(), child.Fractional.ToArray());
            Assert.Equal(parent.Composition, child.Composition);
        }
    }

    [Fact]
    public void Rattle_and_strain_stay_within_their_amplitudes()
    {
        Crystal parent = Starts.Random("H12S4", 64, 1, 7);
        double spacing = Chance.Spacing(parent);
        double[] rattled = [.. Enumerable.Range(0, 200).Select(seed => Rms(Displacement(parent, Child(new Rattle(), seed, parent))) / spacing)];
        // The deviation is drawn from 0.05 to 0.3; the mean of 200 draws is good to 0.005.
        Assert.InRange(rattled.Average(), 0.15, 0.2);
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal strained = Child(new Strain(), seed, parent);
            Assert.Equal(parent.Volume, strained.Volume, 6);
            Mat3 deformation = parent.Lattice.Inverse * strained.Lattice;
            Assert.True((deformation - deformation.Transpose).Norm < 1e-9, "no rotation");
        }
    }

    [Fact]
    public void Exchange_reaches_other_compositions_with_the_atoms_it_keeps_in_place()
    {
        SearchSettings variable = Settings with { Compositions = [Composition.Parse("H3S"), Composition.Parse("H2S"), Composition.Parse("H2S2"), Composition.Parse("H4S")] };
        Crystal parent = Starts.Random("H3S", 16, 1, 8);
        HashSet<string> reached = [];
        for (int seed = 0; seed < Draws; seed++)
        {
            Crystal child = new Exchange().Apply([parent], variable, 1, new Random(seed))!;
            reached.Add(child.Composition.ToString());
            Assert.NotEqual(parent.Composition, child.Composition);
            Assert.Equal(parent.Volume / parent.Count, child.Volume / child.Count, 6);
            int places = Enumerable.Range(0, child.Count).Count(i => Enumerable.Range(0, parent.Count).Any(j => (child.FractionalOf(i) - parent.FractionalOf(j)).Norm < 1e-9));
            Assert.Equal(Math.Min(child.Count, parent.Count), places);
        }
        Assert.Equal(3, reached.Count);
    }

    private static Crystal Child(IVariationOperator variation, int seed, params Crystal[] parents)
    {
        // An operator may pass now and then; another stream of chance will do.
        for (int attempt = 0; attempt < 20; attempt++)
        {
            if (variation.Apply(parents, Settings, 1, new Random(1000 * seed + attempt)) is Crystal child)
                return child;
        }
        throw new InvalidOperationException($"{variation.Name} gave nothing in 20 attempts");
    }

    private static Crystal Cube(string formula, int seed)
    {
        Random random = new(seed);
        Composition composition = Composition.Parse(formula);
        return new Crystal(Mat3.Diagonal(4, 4, 4), Starts.Elements(formula), [.. Enumerable.Range(0, 3 * composition.Total).Select(_ => random.NextDouble())]);
    }

    /// <summary>Which atoms of the child lie where the cubic parent has atoms of their element, for the one turn and shift that explains most of them.</summary>
    private static bool[] From(Crystal child, Crystal parent)
    {
        bool[] best = new bool[child.Count];
        foreach ((int x, int y, int z) in new[] { (0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0) })
        {
            Vec3[] turned = [.. Enumerable.Range(0, parent.Count).Select(i => parent.FractionalOf(i)).Select(f => new Vec3(f[x], f[y], f[z]))];
            for (int i = 0; i < child.Count; i++)
            {
                for (int j = 0; j < parent.Count; j++)
                {
                    Vec3 shift = child.FractionalOf(i) - turned[j];
                    bool[] same = [.. Enumerable.Range(0, child.Count).Select(k => Enumerable.Range(0, parent.Count)
                        .Any(l => child.Elements[k] == parent.Elements[l] && Wrapped(child.FractionalOf(k) - turned[l] - shift).Norm < 1e-7))];
                    if (same.Count(s => s) > best.Count(s => s))
                        best = same;
                }
            }
        }
        // One atom can always be shifted onto another.
        return best.Count(s => s) > 1 ? best : new bool[child.Count];
    }

    /// <summary>How often the mark changes on the way along an axis and around: 2 for one slab.</summary>
    private static int Changes(Crystal crystal, bool[] marked, int axis)
    {
        bool[] ordered = [.. Enumerable.Range(0, crystal.Count).OrderBy(i => crystal.FractionalOf(i)[axis] - Math.Floor(crystal.FractionalOf(i)[axis])).Select(i => marked[i])];
        return Enumerable.Range(0, ordered.Length).Count(i => ordered[i] != ordered[(i + 1) % ordered.Length]);
    }

    private static IEnumerable<Crystal> Supercells(Crystal parent, int factor) =>
        [Supercell.Build(parent, factor, 1, 1).Crystal, Supercell.Build(parent, 1, factor, 1).Crystal, Supercell.Build(parent, 1, 1, factor).Crystal];

    private static double[] Displacement(Crystal from, Crystal to) => [.. to.Cartesian().Zip(from.Cartesian(), (a, b) => a - b)];

    private static Vec3[] Fractional(Crystal from, Crystal to) => [.. Enumerable.Range(0, from.Count).Select(i => to.FractionalOf(i) - from.FractionalOf(i))];

    private static Vec3 Nearest(Crystal crystal, int i, int j) => Wrapped(crystal.FractionalOf(j) - crystal.FractionalOf(i)) * crystal.Lattice;

    private static Vec3 Wrapped(Vec3 f) => f - new Vec3(Math.Round(f.X), Math.Round(f.Y), Math.Round(f.Z));

    private static Vec3 Unit(int axis) => new(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0);

    private static double Spread(IEnumerable<double> values) => values.Max() - values.Min();

    private static double Longest(double[] moved) => Enumerable.Range(0, moved.Length / 3).Max(i => Vec3.At(moved, i).Norm);

    private static double Rms(double[] moved) => Math.Sqrt(moved.Average(x => x * x));
}
