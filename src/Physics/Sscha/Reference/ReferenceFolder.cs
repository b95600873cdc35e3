using System.Collections.Immutable;
using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Sscha.Reference;

/// <summary>A folder with a fixed ensemble: <c>system.json</c>, <c>ensemble.extxyz</c>, <c>fc_*.json</c>, <c>reference_*.json</c>; see docs/sscha.md.</summary>
public sealed class ReferenceFolder
{
    private readonly (int X, int Y, int Z)[] _vectors;
    private readonly int[] _cellAtomOf;
    private SampledEnsemble? _ensemble;

    /// <exception cref="SschaException">A file or field is missing or malformed; the sentence names it.</exception>
    public ReferenceFolder(string path)
    {
        Folder = path;
        JsonElement system = Open("system.json")
            ?? throw new SschaException($"{System.IO.Path.Combine(path, "system.json")} is missing, so {path} is not an SSCHA reference folder");
        try
        {
            JsonElement constants = system.GetProperty("constants");
            double boltzmann = constants.GetProperty("KB_RY_PER_K").GetDouble();
            Constants = new SschaConstants
            {
                AngstromInBohr = constants.GetProperty("A_TO_BOHR").GetDouble(),
                RydbergInEv = constants.GetProperty("RY_TO_EV").GetDouble(),
                RydbergInInverseCm = constants.GetProperty("RY_TO_CM1").GetDouble(),
                RydbergPerCubicBohrInGPa = constants.GetProperty("RY_BOHR3_TO_GPA").GetDouble(),
                AmuInRydbergMass = constants.GetProperty("AMU_IN_RY_MASS").GetDouble(),
                Boltzmann = boltzmann,
                BoltzmannSampling = constants.TryGetProperty("KB_RY_PER_K_SAMPLING", out JsonElement sampling) ? sampling.GetDouble() : boltzmann,
            };
            Temperature = system.GetProperty("temperature_K").GetDouble();
            Mat3 lattice = Mat3.FromSpan(system.GetProperty("unit_cell_A").Numbers());
            string[] species = [.. system.GetProperty("species").EnumerateArray().Select(s => s.GetString()!)];
            Cell = new Crystal(lattice, [.. species.Select(ElementOf)], system.GetProperty("positions_frac").Numbers());
            JsonElement masses = system.GetProperty("masses_Ry");
            Masses = [.. species.Select(s => masses.GetProperty(s).GetDouble())];
            double[] size = system.GetProperty("supercell").Numbers();
            _cellAtomOf = [.. system.GetProperty("supercell_to_cell_atom").Numbers().Select(v => (int)v)];
            double[] r = system.GetProperty("supercell_R_int").Numbers();
            _vectors = [.. Enumerable.Range(0, r.Length / 3).Select(i => ((int)r[3 * i], (int)r[3 * i + 1], (int)r[3 * i + 2]))];
            double[] q = system.GetProperty("q_points_frac").Numbers();
            Basis = new BlochBasis(
                ((int)size[0], (int)size[1], (int)size[2]), Cell.Count, _cellAtomOf, _vectors,
                [.. Enumerable.Range(0, q.Length / 3).Select(i => Vec3.At(q, i))]);
            QPointsPerAngstrom = system.GetProperty("q_points_inv_A").Numbers().Rows(3);
            StarSizes = system.TryGetProperty("q_star_sizes", out JsonElement stars) ? [.. stars.Numbers().Select(v => (int)v)] : [];
            double[] rotations = system.GetProperty("symmetry_rotations_frac").Numbers();
            double[] translations = system.GetProperty("symmetry_translations_frac").Numbers();
            Operations = [.. Enumerable.Range(0, translations.Length / 3).Select(i =>
                new SymmetryOperation(IntMat3.FromSpan([.. rotations.AsSpan(9 * i, 9).ToArray().Select(v => (int)v)]), Vec3.At(translations, i)))];
        }
        catch (Exception malformed) when (malformed is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new SschaException($"{System.IO.Path.Combine(path, "system.json")} is malformed: {malformed.Message}", malformed);
        }
        Symmetry = CrystalSymmetry.Of(Basis, Cell, Operations, 1e-2);
    }

    public string Folder { get; }

    public SschaConstants Constants { get; }

    /// <summary>K.</summary>
    public double Temperature { get; }

    public Crystal Cell { get; }

    /// <summary>Rydberg mass units, per unit-cell atom.</summary>
    public double[] Masses { get; }

    public BlochBasis Basis { get; }

    /// <summary>1/Å without 2π, as in the file.</summary>
    public double[][] QPointsPerAngstrom { get; }

    public int[] StarSizes { get; }

    public ImmutableArray<SymmetryOperation> Operations { get; }

    /// <summary>Space group of the trial structure.</summary>
    public CrystalSymmetry Symmetry { get; }

    /// <summary>Supercell volume, bohr^3.</summary>
    public double Volume => Cell.Volume * Basis.Cells * Math.Pow(Constants.AngstromInBohr, 3);

    /// <summary>The ensemble, read once.</summary>
    public SampledEnsemble Ensemble => _ensemble ??= ReadEnsemble();

    /// <summary>The parsed file, or null when it is not there.</summary>
    /// <exception cref="SschaException">Not JSON.</exception>
    public JsonElement? Open(string name)
    {
        string file = System.IO.Path.Combine(Folder, name);
        if (!File.Exists(file))
            return null;
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
        }
        catch (JsonException notJson)
        {
            throw new SschaException($"{file} is not JSON: {notJson.Message}", notJson);
        }
    }

    /// <summary>Force constants of a file: <c>fc_supercell</c>, or <c>dynq</c> where that is missing.</summary>
    /// <exception cref="SschaException">Neither is there, or the size is wrong.</exception>
    public BlochMatrix ForceConstants(JsonElement file, string name)
    {
        if (file.TryGetProperty("fc_supercell", out JsonElement full))
            return BlochMatrix.FromSupercell(Basis, full.Numbers());
        if (file.TryGetProperty("dynq", out JsonElement dynq))
            return BlochMatrix.FromDynamical(Basis, [.. dynq.EnumerateArray().Select(m => (m.GetProperty("re").Numbers(), m.GetProperty("im").Numbers()))]);
        throw new SschaException($"{System.IO.Path.Combine(Folder, name)} holds neither dynq nor fc_supercell");
    }

    /// <summary>Centroids of a file (<c>centroids_A</c>), or those of the system, bohr.</summary>
    public double[] Centroids(JsonElement file) =>
        [.. (file.TryGetProperty("centroids_A", out JsonElement given) ? given.Numbers() : Cell.Cartesian()).Select(x => x * Constants.AngstromInBohr)];

    /// <summary>Trial state of an <c>fc_*.json</c> file.</summary>
    /// <exception cref="SschaException">The file is missing or the force constants are not positive.</exception>
    public TrialState State(string name, double temperature)
    {
        JsonElement file = Open(name) ?? throw new SschaException($"{System.IO.Path.Combine(Folder, name)} is missing");
        return new TrialState(ForceConstants(file, name), Centroids(file), Masses, temperature, Constants);
    }

    /// <summary>The crystal at other centroids (bohr).</summary>
    public Crystal CellAt(double[] centroids) => Cell.WithCartesian(Array.ConvertAll(centroids, x => x / Constants.AngstromInBohr));

    private SampledEnsemble ReadEnsemble()
    {
        string file = System.IO.Path.Combine(Folder, "ensemble.extxyz");
        TrialState generating = State("fc_trial.json", Temperature);
        IReadOnlyList<Frame> frames = ExtXyz.Read(file);
        int n = Basis.Modes;
        double[] u = new double[frames.Count * n], f = new double[frames.Count * n], energies = new double[frames.Count], stresses = new double[9 * frames.Count];
        double[] reference = new double[n];
        for (int i = 0; i < _cellAtomOf.Length; i++)
        {
            Vec3 shift = new Vec3(_vectors[i].X, _vectors[i].Y, _vectors[i].Z) * Cell.Lattice;
            (Vec3.At(generating.Centroids, _cellAtomOf[i]) * (1 / Constants.AngstromInBohr) + shift).Store(reference, i);
        }
        for (int k = 0; k < frames.Count; k++)
        {
            Frame frame = frames[k];
            if (frame.Crystal.Count * 3 != n)
                throw new SschaException($"{file}: configuration {k + 1} has {frame.Crystal.Count} atoms, and the supercell has {n / 3}");
            for (int i = 0; i < _cellAtomOf.Length; i++)
            {
                if (frame.Crystal.Elements[i] != Cell.Elements[_cellAtomOf[i]])
                    throw new SschaException($"{file}: atom {i + 1} of configuration {k + 1} is {frame.Crystal.Elements[i]}, and the supercell has {Cell.Elements[_cellAtomOf[i]]} there");
            }
            if (frame.Forces is null || frame.Energy is null)
                throw new SschaException($"{file}: configuration {k + 1} has no {(frame.Forces is null ? "forces" : "energy")}");
            double[] positions = frame.Crystal.Cartesian();
            for (int c = 0; c < n; c++)
            {
                u[k * n + c] = (positions[c] - reference[c]) * Constants.AngstromInBohr;
                f[k * n + c] = frame.Forces[c] * Constants.ForceToRydberg;
            }
            energies[k] = frame.Energy.Value / Constants.RydbergInEv;
            double[] stress = (frame.Stress ?? Mat3.Zero).ToArray();
            for (int c = 0; c < 9; c++)
                stresses[9 * k + c] = stress[c] * Constants.StressToRydberg;
        }
        return new SampledEnsemble(generating, u, f, energies, stresses, Volume);
    }

    private static Element ElementOf(string label) =>
        Element.TryFromSymbol(label) ?? Element.TryFromSymbol(label.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '_'))
        ?? throw new FormatException($"'{label}' is not a chemical element that Csp knows");
}
