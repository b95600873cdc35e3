using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Physics.Phonons;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Csp.Physics.Sscha.Reference;
using Csp.Tests;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

public sealed class PhononTests
{
    private static readonly Element Neon = Element.FromSymbol("Ne");

    [Theory]
    [InlineData("neon_lj_fcc")]
    [InlineData("rocksalt_doublewell")]
    public void Finite_differences_give_the_harmonic_frequencies_of_the_model(string system)
    {
        ReferenceFolder folder = new(SharedData.Require("reference", "sscha", system));
        BlochMatrix expected = folder.ForceConstants(folder.Open("fc_harmonic.json")!.Value, "fc_harmonic.json");
        HarmonicPhonons phonons = HarmonicPhonons.Compute(folder.Cell, ToyPotentials.Of(folder)!, new PhononSettings { Supercell = folder.Basis.Size, StepAngstrom = 0.002 });
        double[] ours = [.. BlochFrequencies.Of(phonons.ForceConstants, folder.Masses).SelectMany(f => f).Order()];
        double[] theirs = [.. BlochFrequencies.Of(expected, folder.Masses).SelectMany(f => f).Order()];
        Assert.All(theirs.Zip(ours), f => Assert.Equal(f.First * Units.RydbergInInverseCm, f.Second * Units.RydbergInInverseCm, 0.02));
        Assert.True(phonons.LargestForce < 1e-9);
    }

    [Fact]
    public void The_same_crystal_in_two_cells_has_the_same_bands()
    {
        IPotential potential = new ShiftedForceLennardJones(Neon, 0.00316, 2.782, 4.4);
        const double A = 4.3;
        Crystal primitive = new(new Mat3(0, A / 2, A / 2, A / 2, 0, A / 2, A / 2, A / 2, 0), [Neon], [0, 0, 0]);
        Crystal cubic = new(Mat3.Diagonal(A, A, A), [Neon, Neon, Neon, Neon], [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0]);
        BandStructure one = HarmonicPhonons.Compute(primitive, potential, new PhononSettings { Supercell = (4, 4, 4) }).Bands(4);
        BandStructure four = HarmonicPhonons.Compute(cubic, potential, new PhononSettings { Supercell = (2, 2, 2) }).Bands(4);
        Assert.Equal(one.Points.Select(p => p.Label), four.Points.Select(p => p.Label));
        // The bands of the cubic cell are folded: each contains those of the primitive cell.
        for (int i = 0; i < one.Points.Count; i++)
        {
            if (one.Points[i].Label is not ("Γ" or "X" or "L"))
                continue;
            Assert.Equal(one.Points[i].Distance, four.Points[i].Distance, 1e-6);
            Assert.All(one.Frequencies[i], w => Assert.Contains(four.Frequencies[i], v => Math.Abs(v - w) < 1e-3));
        }
    }

    [Fact]
    public void Dynamical_matrix_files_come_back_as_they_were_written_and_those_of_the_peer_are_read()
    {
        string path = SharedData.Require("reference", "sscha", "neon_lj_fcc");
        ReferenceFolder folder = new(path);
        DynamicalMatrixFiles peer = DynamicalMatrixFiles.Read(Path.Combine(path, "dyn_trial_"), folder.Constants.AngstromInBohr);
        Assert.Equal((3, 3, 3), peer.ForceConstants.Basis.Size);
        Assert.Equal(folder.Masses[0], peer.Masses[0], 1e-6);
        BlochMatrix expected = folder.ForceConstants(folder.Open("fc_trial.json")!.Value, "fc_trial.json");
        for (int q = 0; q < 27; q++)
        {
            Vec3 point = peer.ForceConstants.Basis.QPoint(q);
            int same = Enumerable.Range(0, 27).Single(k => IsWhole(expected.Basis.QPoint(k) - point));
            Assert.All(expected.Dynamical(same).Re.Zip(peer.ForceConstants.Dynamical(q).Re), v => Assert.Equal(v.First, v.Second, 1e-8));
        }
        string folderOut = Directory.CreateTempSubdirectory("csp-dyn-").FullName;
        try
        {
            string prefix = Path.Combine(folderOut, "dyn");
            DynamicalMatrixFiles ours = DynamicalMatrixFiles.Of(expected, folder.Cell, folder.Masses, folder.Symmetry);
            Assert.Equal([1, 6, 8, 12], ours.StarSizes.Order());
            ours.Write(prefix);
            DynamicalMatrixFiles back = DynamicalMatrixFiles.Read(prefix);
            Assert.Equal(ours.StarSizes, back.StarSizes);
            Assert.True((back.ForceConstants - ours.ForceConstants).Norm < 1e-13);
            Assert.All(folder.Cell.Fractional.ToArray().Zip(back.Cell.Fractional.ToArray()), x => Assert.Equal(x.First, x.Second, 1e-12));
        }
        finally
        {
            Directory.Delete(folderOut, recursive: true);
        }
    }

    [Theory]
    [InlineData("neon_lj_fcc", 4)]
    [InlineData("rocksalt_doublewell", 3)]
    public void Dynamical_matrix_files_are_laid_out_as_those_of_the_peer(string system, int stars)
    {
        string path = SharedData.Require("reference", "sscha", system), output = Directory.CreateTempSubdirectory("csp-dyn-").FullName;
        try
        {
            ReferenceFolder folder = new(path);
            BlochMatrix phi = folder.ForceConstants(folder.Open("fc_trial.json")!.Value, "fc_trial.json");
            new DynamicalMatrixFiles(folder.CellAt(folder.Centroids(folder.Open("fc_trial.json")!.Value)), folder.Masses, phi, folder.StarSizes)
                .Write(Path.Combine(output, "dyn"), folder.Constants.AngstromInBohr);
            Assert.Equal(stars, Directory.EnumerateFiles(output).Count());
            for (int star = 1; star <= stars; star++)
            {
                // Up to the eigenvectors, which readers of these files do not need: the same words, and numbers to the digits of the peer.
                string[] theirs = Words(Path.Combine(path, $"dyn_trial_{star}")), ours = Words(Path.Combine(output, $"dyn{star}"));
                Assert.True(theirs.Length == ours.Length, $"{ours.Length} words instead of {theirs.Length}");
                foreach ((string expected, string actual) in theirs.Zip(ours))
                {
                    if (double.TryParse(expected, System.Globalization.CultureInfo.InvariantCulture, out double number))
                        Assert.Equal(number, double.Parse(actual, System.Globalization.CultureInfo.InvariantCulture), 1e-8 * Math.Max(1, Math.Abs(number)));
                    else
                        Assert.Equal(expected, actual);
                }
            }
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    [Fact]
    public void Files_in_another_unit_of_length_are_read()
    {
        // This file has alat = 8.5 bohr.
        string path = SharedData.Require("reference", "sscha", "ice_xi_dft");
        ReferenceFolder folder = new(path);
        DynamicalMatrixFiles peer = DynamicalMatrixFiles.Read(Path.Combine(path, "dyn_trial_"), folder.Constants.AngstromInBohr);
        JsonElement trial = folder.Open("fc_trial.json")!.Value;
        Assert.True((peer.Cell.Lattice - folder.Cell.Lattice).Norm < 1e-6);
        Assert.All(folder.CellAt(folder.Centroids(trial)).Cartesian().Zip(peer.Cell.Cartesian()), x => Assert.Equal(x.First, x.Second, 1e-6));
        Assert.All(folder.ForceConstants(trial, "fc_trial.json").Dynamical(0).Re.Zip(peer.ForceConstants.Dynamical(0).Re), x => Assert.Equal(x.First, x.Second, 1e-7));
    }

    private static string[] Words(string file)
    {
        string text = string.Join('\n', File.ReadAllLines(file).Skip(2));
        int end = text.IndexOf("Diagonalizing", StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsWhole(Vec3 v) => Math.Abs(v.X - Math.Round(v.X)) + Math.Abs(v.Y - Math.Round(v.Y)) + Math.Abs(v.Z - Math.Round(v.Z)) < 1e-6;
}
