using System.Collections.Immutable;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// How Quantum ESPRESSO's pw.x computes labels. The first group of settings changes the numbers and is part of
/// <see cref="ILabeler.SettingsHash"/>; the second says how the work is done on this machine.
/// </summary>
public sealed record QuantumEspressoSettings
{
    /// <summary>
    /// Effective plane-wave cutoff of the wave functions, Ry. It is the same for all cells: a smooth step in the kinetic energy
    /// (Bernasconi et al., J. Phys. Chem. Solids 56, 501 (1995)) shuts out plane waves above it, so that energies of different volumes
    /// fit together and stress is the energy's derivative.
    /// </summary>
    public double CutoffRy { get; init; } = 80;

    /// <summary>
    /// Largest distance of neighbouring k-points along each reciprocal vector, 1/Å with the factor 2 pi included:
    /// n_i = ceil(|b_i| / KSpacing), b_i·a_j = 2 pi delta_ij, mesh through Γ, on the reduced cell.
    /// </summary>
    public double KSpacing { get; init; } = 0.3;

    /// <summary>Width of Methfessel and Paxton's first-order smearing (Phys. Rev. B 40, 3616 (1989)), Ry.</summary>
    public double SmearingRy { get; init; } = 0.02;

    /// <summary>Estimated error of the self-consistent energy at which the iteration stops, Ry per atom.</summary>
    public double ConvergenceRyPerAtom { get; init; } = 1e-8;

    /// <summary>cp2k's file of Goedecker-Teter-Hutter pseudopotentials.</summary>
    public string GthFile { get; init; } = "/usr/share/cp2k/GTH_POTENTIALS";

    /// <summary>
    /// Valence electrons of the pseudopotential by element symbol (<c>Cu = 19</c> takes <c>GTH-PBE-q19</c>);
    /// an element that is not named takes the entry with the plain alias <c>GTH-PBE</c>.
    /// </summary>
    public ImmutableSortedDictionary<string, int> Valence { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>The program: a path, or a name that is looked up in PATH.</summary>
    public string PwPath { get; init; } = "pw.x";

    /// <summary>How many calculations run at once; more requests wait.</summary>
    public int ParallelJobs { get; init; } = 1;

    /// <summary>MPI processes of one calculation (over k-points); 1 = without mpirun.</summary>
    public int ProcessesPerJob { get; init; } = 1;

    /// <summary>mpirun: a path or a name that is looked up in PATH; used only with more than one process per job.</summary>
    public string MpirunPath { get; init; } = "mpirun";

    /// <summary>Wall time that one structure may take, all attempts together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Attempts at one structure, each with gentler settings than the one before (1 to <see cref="ScfAttempt.Ladder"/>'s length).</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Scratch folder; every calculation has a folder of its own in it that is removed at its end.</summary>
    public string WorkDirectory { get; init; } = Path.Combine(Path.GetTempPath(), "csp-dft");

    /// <summary>Where labels are kept for ever; null = nowhere.</summary>
    public string? StoreDirectory { get; init; }

    /// <summary>Unix niceness added to the calculation's processes, 0 to 19.</summary>
    public int Niceness { get; init; }

    /// <summary>Full path of pw.x.</summary>
    /// <exception cref="LabelerSettingsException">Not found.</exception>
    internal string ResolvedPwPath => Executable.Find(PwPath)
        ?? throw new LabelerSettingsException($"Quantum ESPRESSO's program '{PwPath}' was not found (on Debian: apt-get install quantum-espresso)");

    /// <summary>Throws when a number is out of range, or when pw.x, mpirun or the pseudopotential file is missing or the scratch folder cannot be written.</summary>
    /// <exception cref="LabelerSettingsException">With one sentence that says what to do.</exception>
    public void Check()
    {
        Positive(CutoffRy, 10, 1000, "plane-wave cutoff", "Ry");
        Positive(KSpacing, 0.01, 10, "k-point spacing", "1/Å");
        Positive(SmearingRy, 1e-4, 0.5, "smearing", "Ry");
        Positive(ConvergenceRyPerAtom, 1e-14, 1e-3, "SCF convergence", "Ry per atom");
        Positive(Timeout.TotalSeconds, 1, 1e7, "timeout of a calculation", "s");
        Whole(ParallelJobs, 1, 4096, "number of parallel calculations");
        Whole(ProcessesPerJob, 1, 4096, "number of processes per calculation");
        Whole(Attempts, 1, ScfAttempt.Ladder.Length, "number of attempts");
        Whole(Niceness, 0, 19, "niceness");
        _ = ResolvedPwPath;
        foreach (string tool in (string[])[.. ProcessesPerJob > 1 ? [MpirunPath] : Array.Empty<string>(), .. ChildProcess.Launchers])
        {
            if (Executable.Find(tool) is null)
                throw new LabelerSettingsException($"the program '{tool}', which starts pw.x, was not found");
        }
        if (!File.Exists(GthFile))
            throw new LabelerSettingsException($"the pseudopotential file {GthFile} does not exist (on Debian: apt-get install cp2k-data)");
        try
        {
            Directory.CreateDirectory(WorkDirectory);
            string probe = Path.Combine(WorkDirectory, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabelerSettingsException($"the scratch folder {WorkDirectory} of the labeler cannot be written: {e.Message}", e);
        }
    }

    private static void Positive(double value, double low, double high, string what, string unit)
    {
        if (!(value >= low && value <= high))
            throw new LabelerSettingsException(FormattableString.Invariant($"the {what} must lie between {low} and {high} {unit}, not {value}"));
    }

    private static void Whole(int value, int low, int high, string what)
    {
        if (value < low || value > high)
            throw new LabelerSettingsException($"the {what} must lie between {low} and {high}, not {value}");
    }
}
