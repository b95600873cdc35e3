using System.Collections.Immutable;
using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Xunit;

namespace Csp.Physics.Tests.FirstPrinciples;

/// <summary>With the real pw.x; each calculation takes well under a second.</summary>
public class QuantumEspressoTests : IDisposable
{
    private static readonly ImmutableArray<Element> H3S = [.. "S H H H".Split(' ').Select(Element.FromSymbol)];

    /// <summary>Im-3m H3S at about 200 GPa with strained cell and displaced atoms.</summary>
    private static readonly Crystal Distorted = new(
        1.5 * new Mat3(-1, 1.02, 1, 1, -1, 1.03, 1.01, 1, -1), H3S, [0, 0, 0, 0.52, 0.5, 0.01, 0.5, 0.03, 0.5, 0, 0.49, 0.53]);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"csp-dft-test-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Should_give_forces_and_stress_that_are_derivatives_of_the_energy()
    {
        QuantumEspressoLabeler labeler = new(Settings());
        Label at = await Compute(labeler, Distorted);

        const double Step = 0.01; // Å
        foreach (int coordinate in (int[])[0, 3, 8])
        {
            double slope = (await Moved(coordinate, Step) - await Moved(coordinate, -Step)) / (2 * Step);
            Assert.Equal(-slope, at.Forces[coordinate], 2e-3);
        }

        // With an ordinary cutoff the slope at 40 Ry would differ by more than 10 GPa (Pulay stress).
        double pressure = -at.Stress.Trace / 3 * Units.EvPerCubicAngstromInGPa;
        double work = (8 * (await Scaled(1.005) - await Scaled(0.995)) - (await Scaled(1.01) - await Scaled(0.99))) / (12 * 0.005) / (3 * Distorted.Volume);
        Assert.Equal(-work * Units.EvPerCubicAngstromInGPa, pressure, 1.0);
        Assert.InRange(pressure, 100, 250);

        // A shear keeps the volume, so only the noise of a changing set of plane waves remains.
        double shear = (await Sheared(0.01) - await Sheared(-0.01)) / 0.02 / Distorted.Volume;
        Assert.Equal(shear * Units.EvPerCubicAngstromInGPa, at.Stress.YZ * Units.EvPerCubicAngstromInGPa, 0.5);

        async Task<double> Moved(int coordinate, double by)
        {
            double[] x = Distorted.Cartesian();
            x[coordinate] += by;
            return (await Compute(labeler, Distorted.WithCartesian(x))).Energy;
        }

        async Task<double> Scaled(double by) => (await Compute(labeler, Distorted.WithLattice(by * Distorted.Lattice))).Energy;

        async Task<double> Sheared(double by) => (await Compute(
            labeler, Distorted.WithLattice(Distorted.Lattice * (Mat3.Identity + new Mat3(0, 0, 0, 0, 0, by / 2, 0, by / 2, 0))))).Energy;
    }

    [Fact]
    public async Task Should_not_depend_on_the_cell_in_which_a_crystal_is_described()
    {
        QuantumEspressoLabeler labeler = new(Settings());
        Label a = await Compute(labeler, Distorted);
        Mat3 skewed = new Mat3(0, 1, 2, 1, 0, 0, 3, 0, 1) * Distorted.Lattice;
        Assert.True(skewed.Determinant * Distorted.Lattice.Determinant < 0);
        Crystal other = Crystal.FromCartesian(skewed, H3S, Distorted.Cartesian());
        Label b = await Compute(labeler, other);
        Assert.Same(other, b.Crystal);
        Assert.Equal(a.Energy, b.Energy, 1e-5);
        Assert.All(a.Forces.Zip(b.Forces), f => Assert.Equal(f.First, f.Second, 1e-3));
        Assert.All(a.Stress.ToArray().Zip(b.Stress.ToArray()), s => Assert.Equal(s.First, s.Second, 1e-4));
    }

    [Fact]
    public async Task Should_add_bands_until_the_highest_is_empty()
    {
        // A program that gets along with six bands the first time.
        using FakePw pw = new(
            $"grep -o 'nbnd = [0-9]*' pw.in >> $HERE/bands; [ $(wc -l < $HERE/bands) -gt 1 ] || sed -i 's/nbnd = [0-9]*/nbnd = 6/' pw.in; exec {Executable.Find("pw.x")} -in pw.in");
        Label label = await Compute(new QuantumEspressoLabeler(Settings() with { PwPath = pw.Program }), Distorted);
        Assert.Equal(1, label.Provenance.Attempts);
        int[] bands = [.. File.ReadAllLines(Path.Combine(pw.Folder, "bands")).Select(l => int.Parse(l[7..], CultureInfo.InvariantCulture))];
        Assert.Equal(2, bands.Length);
        Assert.True(bands[1] > bands[0]);
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.1)]
    [InlineData(0.2)]
    public async Task Should_choose_enough_bands_at_once(double smearingRy)
    {
        using FakePw pw = new($"exec {Executable.Find("pw.x")} -in pw.in");
        await Compute(new QuantumEspressoLabeler(Settings() with { SmearingRy = smearingRy, PwPath = pw.Program }), Distorted);
        Assert.Equal(1, pw.Calls);
    }

    /// <summary>Refuses to converge the first times, then is the real program.</summary>
    private static FakePw ConvergingAfter(int failures) =>
        new($"if [ $(wc -l < $HERE/calls) -le {failures} ]; then echo 'convergence NOT achieved'; exit 0; fi\nexec {Executable.Find("pw.x")} -in pw.in");

    [Fact]
    public async Task Should_give_the_same_label_at_every_attempt()
    {
        Label first = await Compute(new QuantumEspressoLabeler(Settings()), Distorted);
        for (int failures = 1; failures < ScfAttempt.Ladder.Length; failures++)
        {
            using FakePw pw = ConvergingAfter(failures);
            Label later = await Compute(new QuantumEspressoLabeler(Settings() with { PwPath = pw.Program }), Distorted);
            Assert.Equal(failures + 1, later.Provenance.Attempts);
            Assert.Equal(failures + (failures == ScfAttempt.Ladder.Length - 1 ? 2 : 1), pw.Calls);
            Assert.Equal(first.Energy, later.Energy, 1e-5);
            Assert.All(first.Forces.Zip(later.Forces), f => Assert.Equal(f.First, f.Second, 5e-3));
        }
    }

    [Fact]
    public async Task Should_not_repeat_a_stepping_stone_for_more_bands()
    {
        QuantumEspressoSettings settings = Settings() with { SmearingRy = 0.2 };
        Label first = await Compute(new QuantumEspressoLabeler(settings), Distorted);
        int failures = ScfAttempt.Ladder.Length - 1;
        using FakePw pw = ConvergingAfter(failures);
        Label last = await Compute(new QuantumEspressoLabeler(settings with { PwPath = pw.Program }), Distorted);
        Assert.Equal(failures + 2, pw.Calls);
        Assert.Equal(first.Energy, last.Energy, 1e-5);
    }

    [Fact]
    public async Task Should_compute_a_structure_once_and_again_only_when_its_file_is_damaged()
    {
        List<string> warnings = [];
        QuantumEspressoSettings settings = Settings() with { StoreDirectory = Path.Combine(_folder, "labels") };
        Label first = await Compute(new QuantumEspressoLabeler(settings, warnings.Add), Distorted);
        Label second = await Compute(new QuantumEspressoLabeler(settings, warnings.Add), Distorted);
        Assert.False(first.Provenance.FromStore);
        Assert.Equal(first.Provenance with { FromStore = true, WallSeconds = 0 }, second.Provenance);
        Assert.Equal((first.Energy, first.Stress), (second.Energy, second.Stress));
        Assert.Equal(first.Forces, second.Forces);
        Assert.Empty(warnings);

        LabelStore store = new(settings.StoreDirectory);
        Assert.Equal(first.Key, Assert.Single(store.All()).Key);
        string path = Assert.Single(Directory.EnumerateFiles(store.Directory, "*", SearchOption.AllDirectories));
        string text = File.ReadAllText(path);
        File.WriteAllText(path, text[..(text.Length / 2)]);
        Label third = await Compute(new QuantumEspressoLabeler(settings, warnings.Add), Distorted);
        Assert.False(third.Provenance.FromStore);
        Assert.Equal(first.Energy, third.Energy, 1e-6);
        Assert.NotEmpty(warnings);
        Assert.All(warnings, w => Assert.StartsWith($"the stored label {path} cannot be used and is computed anew: ", w));
        Assert.Single(store.All());

        Label coarser = await Compute(new QuantumEspressoLabeler(settings with { CutoffRy = 30 }), Distorted);
        Assert.NotEqual(first.Key, coarser.Key);
        Assert.Equal(2, store.All().Count());
    }

    [Fact]
    public async Task Should_never_take_damaged_output_for_a_label()
    {
        string text = "";
        QuantumEspressoOutput.Converged whole;
        using (FakePw pw = new($"{Executable.Find("pw.x")} -in pw.in | tee $HERE/out"))
        {
            await Compute(new QuantumEspressoLabeler(Settings() with { PwPath = pw.Program }), Distorted);
            text = File.ReadAllText(Path.Combine(pw.Folder, "out"));
            whole = Assert.IsType<QuantumEspressoOutput.Converged>(QuantumEspressoOutput.Parse(text, 4));
        }
        Assert.IsType<QuantumEspressoOutput.Failed>(QuantumEspressoOutput.Parse(text, 5));
        int done = text.IndexOf("JOB DONE.", StringComparison.Ordinal);
        Random random = new(3);
        for (int trial = 0; trial < 200; trial++)
        {
            int cut = random.Next(done);
            Assert.IsType<QuantumEspressoOutput.Failed>(QuantumEspressoOutput.Parse(text[..cut], 4));
        }
        string force = $"{whole.Forces[0] / (Units.RydbergInEv / Units.BohrInAngstrom):F8}";
        Assert.Contains(force, text);
        Assert.IsType<QuantumEspressoOutput.Failed>(QuantumEspressoOutput.Parse(text.Replace(force, new string('*', force.Length)), 4));
        Assert.IsType<QuantumEspressoOutput.Failed>(QuantumEspressoOutput.Parse(text.Replace("total energy              =", "total energy              = NaN"), 4));
    }

    [Fact]
    public async Task Should_run_on_several_processes()
    {
        if (Executable.Find("mpirun") is null)
            Assert.Skip("mpirun is not installed");
        Label one = await Compute(new QuantumEspressoLabeler(Settings()), Distorted);
        Label two = await Compute(new QuantumEspressoLabeler(Settings() with { ProcessesPerJob = 2 }), Distorted);
        Assert.Equal(one.Energy, two.Energy, 1e-5);
    }

    private static async Task<Label> Compute(QuantumEspressoLabeler labeler, Crystal crystal)
    {
        LabelOutcome outcome = await labeler.LabelAsync(crystal, TestContext.Current.CancellationToken);
        return outcome as Label ?? throw new InvalidOperationException(((LabelFailed)outcome).Reason);
    }

    private QuantumEspressoSettings Settings()
    {
        if (Executable.Find("pw.x") is null || !File.Exists(new QuantumEspressoSettings().GthFile))
            Assert.Skip("Quantum ESPRESSO or cp2k-data is not installed");
        return new QuantumEspressoSettings
        {
            CutoffRy = 40,
            ConvergenceRyPerAtom = 1e-9,
            KSpacing = 1.6,
            SmearingRy = 0.05,
            WorkDirectory = Path.Combine(_folder, "scratch"),
            Timeout = TimeSpan.FromMinutes(2),
        };
    }
}
