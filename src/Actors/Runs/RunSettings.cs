using System.Collections.Immutable;
using System.Text.Json;

namespace Csp.Actors.Runs;

/// <summary>
/// Everything that decides what a run does. Plain values, so that it travels to the nodes and into the journal as it is; the
/// configuration files bind to it (keys, units and defaults: <c>hocon/reference.conf</c>).
/// </summary>
public sealed record RunSettings
{
    /// <summary>Smallest formula, e.g. <c>H3S</c>.</summary>
    public required string Formula { get; init; }

    /// <summary>Numbers of formula units per cell that are searched.</summary>
    public required ImmutableArray<int> FormulaUnits { get; init; }

    /// <summary>External hydrostatic pressure.</summary>
    public required double PressureGPa { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The run winds down (no new proposals or labels) after this wall time and then ends.</summary>
    public required TimeSpan WallBudget { get; init; }

    /// <summary>Absolute path of the run folder on the host.</summary>
    public required string RunFolder { get; init; }

    public required SearchPlan Search { get; init; }

    public required RelaxationPlan Relaxation { get; init; }

    public required LabelPlan Labels { get; init; }

    public required DftPlan Dft { get; init; }

    public required TrainingPlan Training { get; init; }

    public required SschaPlan Sscha { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">Not the settings of a run of this version.</exception>
    public static RunSettings FromJson(string json) =>
        JsonSerializer.Deserialize<RunSettings>(json, Json) ?? throw new JsonException("the settings of the run are empty");

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };
}

/// <summary>What the population proposes and keeps.</summary>
public sealed record SearchPlan
{
    /// <summary>The search ends when this many structures have been relaxed.</summary>
    public required int Structures { get; init; }

    /// <summary>… or when the best enthalpy has not changed over this many relaxed structures (0 = never for that reason).</summary>
    public required int StallAfter { get; init; }

    /// <summary>Structures kept in the pool per number of formula units.</summary>
    public required int PoolSize { get; init; }

    /// <summary>Enthalpy above the best, meV/atom, up to which a structure is a candidate (parents, labels, results).</summary>
    public required double WindowMeV { get; init; }

    /// <summary>Share of proposals that are new random crystals (0 to 1); the rest are variations of the pool.</summary>
    public required double RandomShare { get; init; }

    /// <summary>Space groups of random crystals, e.g. 1 to 230.</summary>
    public required ImmutableArray<int> Groups { get; init; }

    /// <summary>Volume window of random crystals, Å^3 per atom.</summary>
    public required double MinVolumePerAtom { get; init; }

    /// <summary>Å^3 per atom.</summary>
    public required double MaxVolumePerAtom { get; init; }

    /// <summary>Smallest distance between atoms of a proposal as a fraction of the sum of covalent radii.</summary>
    public required double MinDistanceFactor { get; init; }

    /// <summary>Files of known structures (absolute), which are relaxed first, and folders whose files are read as they appear while the run searches.</summary>
    public ImmutableArray<string> Seeds { get; init; } = [];

    /// <summary>Names of structure types that are relaxed first (see <see cref="Csp.Physics.Search.Prototypes.PrototypeLibrary"/>), or <c>all</c>.</summary>
    public ImmutableArray<string> Prototypes { get; init; } = [];
}

/// <summary>Relaxation of every proposal under the current model.</summary>
public sealed record RelaxationPlan
{
    /// <summary>eV/Å.</summary>
    public required double ForceTolerance { get; init; }

    public required double StressToleranceGPa { get; init; }

    public required int MaxEvaluations { get; init; }

    /// <summary>A model uncertainty (eV/atom) beyond which a relaxation is stopped; null = no such check.</summary>
    public double? MaxUncertainty { get; init; }
}

/// <summary>How many DFT labels and on what.</summary>
public sealed record LabelPlan
{
    /// <summary>Most labels of the whole run, failed ones and labels from the store included.</summary>
    public required int Budget { get; init; }

    /// <summary>Labels of random crystals (perturbed, over the volume window) before the first model.</summary>
    public required int Initial { get; init; }

    /// <summary>A new model is trained whenever this many new labels have arrived.</summary>
    public required int PerModel { get; init; }

    /// <summary>Labels kept back for relaxed best candidates at the end: DFT has the last word.</summary>
    public required int Final { get; init; }

    /// <summary>Labels kept back for random members of the final SSCHA ensembles.</summary>
    public required int Ensemble { get; init; }

    /// <summary>Cells with more atoms are never labelled.</summary>
    public int MaxAtoms { get; init; } = 16;

    /// <summary>Share of labels of the search that are displaced copies of the best structures, which the SSCHA's ensembles need (0 to 1).</summary>
    public double RattledShare { get; init; } = 0.35;

    /// <summary>Potential file (absolute) that answers instead of DFT, for trying out a cluster at no cost; null = DFT.</summary>
    public string? Potential { get; init; }
}

/// <summary>Quantum ESPRESSO.</summary>
public sealed record DftPlan
{
    /// <summary>Path or name of pw.x.</summary>
    public required string Pw { get; init; }

    /// <summary>CP2K's file of GTH pseudopotentials.</summary>
    public required string GthFile { get; init; }

    /// <summary>Plane-wave cutoff, Ry.</summary>
    public required double CutoffRy { get; init; }

    /// <summary>Largest distance of k-points, 1/Å, 2 pi included.</summary>
    public required double KSpacing { get; init; }

    /// <summary>Methfessel-Paxton smearing, Ry.</summary>
    public required double SmearingRy { get; init; }

    /// <summary>pw.x processes of one label (more than 1 needs mpirun).</summary>
    public required int Processes { get; init; }

    /// <summary>A label that takes longer is stopped and counts as failed.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Folder of the store in which no structure is ever computed twice, across runs; absolute.</summary>
    public required string Store { get; init; }
}

/// <summary>The compact potential and its fits.</summary>
public sealed record TrainingPlan
{
    /// <summary>Most epochs of the first fit and of every warm-started one.</summary>
    public required int Epochs { get; init; }

    /// <summary>Most wall time of one fit.</summary>
    public required TimeSpan MaxTime { get; init; }

    /// <summary>Share of labels that are held out to measure errors (0 to 0.5).</summary>
    public required double HoldOut { get; init; }

    /// <summary>Cutoff radius of the compact potential, Å.</summary>
    public required double Cutoff { get; init; }

    /// <summary>Model file to start from, absolute; null = from random weights.</summary>
    public string? Parent { get; init; }

    /// <summary>Files of labelled structures (absolute) that every fit learns from beside the labels of the run; computed with the same DFT settings.</summary>
    public ImmutableArray<string> Data { get; init; } = [];

    /// <summary>Search with <see cref="Parent"/> as it is, without ever training.</summary>
    public bool Frozen { get; init; }
}

/// <summary>Quantum anharmonic free energies of the best candidates.</summary>
public sealed record SschaPlan
{
    /// <summary>How many of the best candidates get a free energy; 0 switches the SSCHA off.</summary>
    public required int Candidates { get; init; }

    /// <summary>Enthalpy above the best, meV/atom, up to which a candidate gets one.</summary>
    public required double WindowMeV { get; init; }

    /// <summary>Repetitions of the primitive cell.</summary>
    public required ImmutableArray<int> Supercell { get; init; }

    public required double TemperatureK { get; init; }

    /// <summary>Configurations per population.</summary>
    public required int Population { get; init; }

    public required int MaxIterations { get; init; }
}
