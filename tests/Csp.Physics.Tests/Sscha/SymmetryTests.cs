using Csp.Physics.Crystals;
using Csp.Physics.Phonons;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Symmetry;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>Symmetry and Bloch basis on crystals that the reference folders do not hold.</summary>
public sealed class SymmetryTests
{
    private static readonly Element Ni = Element.FromSymbol("Ni"), P = Element.FromSymbol("P");

    /// <summary>Wurtzite: hexagonal, non-symmorphic, two kinds of atoms.</summary>
    private static readonly Crystal Wurtzite = new(
        new Mat3(2.6, 0, 0, -1.3, 2.6 * Math.Sqrt(3) / 2, 0, 0, 0, 4.3), [Ni, Ni, P, P],
        [1.0 / 3, 2.0 / 3, 0, 2.0 / 3, 1.0 / 3, 0.5, 1.0 / 3, 2.0 / 3, 0.38, 2.0 / 3, 1.0 / 3, 0.88]);

    /// <summary>P1: nothing but translations.</summary>
    private static readonly Crystal Triclinic = new(new Mat3(4, 0.1, 0.2, 0.7, 4.4, -0.3, -0.4, 0.9, 5), [Ni, P, P], [0.02, 0.01, 0.03, 0.41, 0.52, 0.37, 0.62, 0.11, 0.71]);

    public static TheoryData<string, int, int, int> Cases => new()
    {
        { "wurtzite", 2, 2, 1 },
        { "wurtzite", 3, 3, 2 },
        { "wurtzite", 3, 2, 1 },
        { "triclinic", 2, 1, 3 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Force_constants_of_a_potential_are_left_alone_and_random_ones_become_as_symmetric(string name, int a, int b, int c)
    {
        Crystal start = name == "wurtzite" ? Wurtzite : Triclinic;
        SymmetricStructure structure = SymmetricStructure.Of(start, 1e-4);
        BlochBasis basis = BlochBasis.Standard((a, b, c), start.Count);
        CrystalSymmetry symmetry = CrystalSymmetry.Of(basis, structure.Cell, structure.Operations, 1e-4);
        // A 3x2 mesh of a hexagonal lattice keeps only the operations that map the supercell onto itself.
        Assert.Equal(name == "triclinic" ? 1 : a == b ? 12 : 2, symmetry.Order);

        HarmonicPhonons full = HarmonicPhonons.Compute(structure.Cell, LennardJones.KobAndersen, new PhononSettings { Supercell = (a, b, c), StepAngstrom = 1e-3 });
        BlochMatrix plain = Plain(structure.Cell, basis);
        Assert.True((full.ForceConstants - plain).Norm < 2e-5 * plain.Norm, $"{(full.ForceConstants - plain).Norm / plain.Norm}");
        Assert.True((symmetry.Symmetrize(full.ForceConstants, true) - full.ForceConstants).Norm < 1e-12 * full.ForceConstants.Norm);

        // Matrix → supercell → matrix, and D(q) → matrix.
        Assert.True((BlochMatrix.FromSupercell(basis, full.ForceConstants.ToSupercell()) - full.ForceConstants).Norm < 1e-12 * full.ForceConstants.Norm);
        BlochMatrix fromDynamical = BlochMatrix.FromDynamical(basis, [.. Enumerable.Range(0, basis.Cells).Select(full.ForceConstants.Dynamical)]);
        Assert.True((fromDynamical - full.ForceConstants).Norm < 1e-13 * full.ForceConstants.Norm);
    }

    [Theory]
    [InlineData(2, 2, 1)]
    [InlineData(2, 1, 1)]
    public void Symmetrised_matrices_commute_with_every_operation_in_the_supercell(int a, int b, int c)
    {
        SymmetricStructure structure = SymmetricStructure.Of(Wurtzite, 1e-4);
        BlochBasis basis = BlochBasis.Standard((a, b, c), 4);
        CrystalSymmetry symmetry = CrystalSymmetry.Of(basis, structure.Cell, structure.Operations, 1e-4);
        GaussianSource random = new(3);
        int n = basis.Modes;
        double[] matrix = [.. Enumerable.Range(0, n * n).Select(_ => random.Next())];
        double[] symmetric = symmetry.Symmetrize(BlochMatrix.FromSupercell(basis, matrix), acousticSumRule: false).ToSupercell();

        // Brute force: the representation of every operation as a permutation of supercell atoms and a rotation.
        Crystal supercell = Supercell.Build(structure.Cell, a, b, c).Crystal;
        foreach (SymmetryOperation operation in structure.Operations)
        {
            int[]? to = Permutation(structure.Cell, supercell, operation);
            if (to is null)
                continue;
            Mat3 r = operation.CartesianRotation(structure.Cell.Lattice);
            for (int i = 0; i < n / 3; i++)
            {
                for (int j = 0; j < n / 3; j++)
                {
                    for (int x = 0; x < 9; x++)
                    {
                        double rotated = 0;
                        for (int y = 0; y < 9; y++)
                            rotated += r[x / 3, y / 3] * symmetric[(3 * i + y / 3) * n + 3 * j + y % 3] * r[x % 3, y % 3];
                        Assert.Equal(rotated, symmetric[(3 * to[i] + x / 3) * n + 3 * to[j] + x % 3], 1e-12);
                    }
                }
            }
        }
    }

    [Fact]
    public void Eigenvalues_and_vectors_reproduce_the_matrix()
    {
        GaussianSource random = new(5);
        foreach (int n in (int[])[1, 2, 3, 7, 24, 65])
        {
            double[] a = new double[n * n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                    a[i * n + j] = a[j * n + i] = random.Next();
            }
            SymmetricEigen eigen = SymmetricEigen.Of(a, n);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = Enumerable.Range(0, n).Sum(m => eigen.Vectors[m * n + i] * eigen.Values[m] * eigen.Vectors[m * n + j]);
                    double overlap = Enumerable.Range(0, n).Sum(k => eigen.Vectors[i * n + k] * eigen.Vectors[j * n + k]);
                    Assert.Equal(a[i * n + j], sum, 1e-12 * n);
                    Assert.Equal(i == j ? 1 : 0, overlap, 1e-13 * n);
                }
            }
        }
    }

    /// <summary>Every atom displaced, no symmetry used but the translations.</summary>
    private static BlochMatrix Plain(Crystal cell, BlochBasis basis)
    {
        Supercell supercell = Supercell.Build(cell, basis.Size.A, basis.Size.B, basis.Size.C);
        CrystalSymmetry none = CrystalSymmetry.Of(basis, cell, [], 1e-4);
        return FiniteDifferences.ForceConstantsAsync(supercell, basis, none, new PotentialEvaluator(LennardJones.KobAndersen), SschaConstants.Default, 1e-3, default)
            .GetAwaiter().GetResult().Phi;
    }

    private static int[]? Permutation(Crystal cell, Crystal supercell, SymmetryOperation operation)
    {
        // Operations that do not map the lattice of the supercell onto itself have no place in it.
        Mat3 turned = supercell.Lattice * operation.CartesianRotation(cell.Lattice).Transpose * supercell.Lattice.Inverse;
        if (turned.ToArray().Any(x => Math.Abs(x - Math.Round(x)) > 1e-6))
            return null;
        int[] to = new int[supercell.Count];
        for (int i = 0; i < to.Length; i++)
        {
            Vec3 image = operation.Apply(supercell.PositionOf(i) * cell.Lattice.Inverse) * cell.Lattice;
            to[i] = -1;
            for (int j = 0; j < to.Length; j++)
            {
                Vec3 d = (image - supercell.PositionOf(j)) * supercell.Lattice.Inverse;
                d -= new Vec3(Math.Round(d.X), Math.Round(d.Y), Math.Round(d.Z));
                if ((d * supercell.Lattice).Norm < 1e-3)
                    to[i] = j;
            }
            if (to[i] < 0)
                return null;
        }
        return to.Distinct().Count() == to.Length ? to : null;
    }
}
