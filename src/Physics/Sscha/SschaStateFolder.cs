using System.Globalization;
using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Sscha.Reference;

namespace Csp.Physics.Sscha;

/// <summary>
/// One pair of files per population: <c>population_0001.extxyz</c> (configurations with energies, forces, stresses) and <c>population_0001.json</c>
/// (the trial state that they were drawn from and the one to go on with). The configurations are written as soon as they are evaluated, and once more the JSON file
/// alone when they have been used. It is written last and in one step, so it vouches for both. <c>population_0000.json</c> holds the harmonic start.
/// </summary>
internal sealed class SschaStateFolder
{
    private readonly string _path;
    private readonly SschaSystem _system;

    public SschaStateFolder(string path, SschaSystem system)
    {
        (_path, _system) = (path, system);
        Directory.CreateDirectory(path);
    }

    /// <summary>Where a stopped calculation goes on.</summary>
    /// <param name="Phi">Force constants to go on with.</param>
    /// <param name="Cell">Centroids and lattice to go on with.</param>
    /// <param name="NextSize">Of the next population.</param>
    /// <param name="Planned">Whether the next population is the last.</param>
    /// <param name="Effective">Effective configurations that the trial state rests on.</param>
    /// <param name="Evaluations">So far.</param>
    /// <param name="Populations">So far; 0 after the harmonic start.</param>
    /// <param name="Samplers">What is known of the samplers.</param>
    /// <param name="Pool">Populations of this cell.</param>
    /// <param name="Pending">The last population was evaluated but not used yet.</param>
    public sealed record Saved(
        BlochMatrix Phi, Crystal Cell, int NextSize, bool Planned, double Effective, int Evaluations, int Populations, double[] Samplers, IReadOnlyList<Population> Pool, bool Pending);

    /// <summary>Writes the configurations of a population; <see cref="Save"/> makes them count.</summary>
    public void SaveConfigurations(int number, Population population)
    {
        int n = _system.Basis.Modes;
        ExtXyz.Write(Path.Combine(_path, Name(number) + ".extxyz"), Enumerable.Range(0, population.Count).Select(k => new Frame(
            population.Supercell.WithCartesian(population.Positions.AsSpan(k * n, n)), population.Answers.Energies[k],
            population.Answers.Forces.AsSpan(k * n, n).ToArray(), Mat3.FromSpan(population.Answers.Stresses.AsSpan(9 * k, 9)))));
    }

    /// <param name="state">Where to go on; its pool is not looked at.</param>
    /// <param name="last">The population that this is the state of; null for the harmonic start.</param>
    public void Save(Saved state, Population? last)
    {
        string name = Name(state.Populations);
        Dictionary<string, object?> fields = new()
        {
            ["population"] = state.Populations,
            ["pending"] = state.Pending,
            ["next_size"] = state.NextSize,
            ["next_is_last"] = state.Planned,
            ["effective"] = state.Effective,
            ["evaluations"] = state.Evaluations,
            ["sampler_variances"] = state.Samplers.Select(x => double.IsNaN(x) ? 1e9 : x),
            ["temperature_K"] = _system.Settings.TemperatureK,
            ["supercell"] = new[] { _system.Basis.Size.A, _system.Basis.Size.B, _system.Basis.Size.C },
            ["species"] = state.Cell.Elements.Select(e => e.Symbol),
            ["masses_Ry"] = _system.Masses,
            ["unit_cell_A"] = state.Cell.Lattice.ToArray().Rows(3),
            ["positions_frac"] = state.Cell.Fractional.ToArray().Rows(3),
            ["dynq"] = Dynq(state.Phi),
        };
        if (last is not null)
        {
            TrialState generating = last.Ensemble.Generating;
            fields["sampler"] = last.Sampler.ToString();
            fields["configurations_per_sample"] = last.Ensemble.SampleOf.Count(s => s == 0);
            fields["generating_unit_cell_A"] = Primitive(last.Supercell.Lattice).ToArray().Rows(3);
            fields["generating_centroids_A"] = Array.ConvertAll(generating.Centroids, x => x / _system.Constants.AngstromInBohr).Rows(3);
            fields["generating_dynq"] = Dynq(generating.Phi);
        }
        JsonNumbers.Write(_path, name + ".tmp", fields);
        File.Move(Path.Combine(_path, name + ".tmp"), Path.Combine(_path, name + ".json"), overwrite: true);
    }

    /// <summary>What of the calculation is safe, as the end of a sentence.</summary>
    public string Kept
    {
        get
        {
            int last = LastComplete();
            return last < 0 ? $"nothing was kept in {_path}, because nothing had been computed"
                : last == 0 ? $"the harmonic start is kept in {_path}, and the same command goes on from it"
                : $"{(last == 1 ? "population 1 is" : $"populations 1 to {last} are")} kept in {_path}, and the same command goes on from there";
        }
    }

    /// <summary>The last complete population and those before it in the same cell; null when the folder is empty.</summary>
    /// <exception cref="SschaException">The folder belongs to another calculation or is damaged.</exception>
    public Saved? Load()
    {
        int last = LastComplete();
        if (last < 0)
            return null;
        try
        {
            JsonElement state = Read(last);
            Crystal cell = new(Mat3.FromSpan(state.GetProperty("unit_cell_A").Numbers()), _system.Start.Elements, state.GetProperty("positions_frac").Numbers());
            List<Population> pool = [];
            for (int k = last; k >= 1; k--)
            {
                JsonElement earlier = k == last ? state : Read(k);
                Mat3 lattice = Mat3.FromSpan(earlier.GetProperty("generating_unit_cell_A").Numbers());
                if ((lattice - cell.Lattice).Norm > 1e-9)
                    break;
                pool.Insert(0, Restore(k, earlier, lattice));
            }
            return new Saved(Phi(state, "dynq"), cell, state.GetProperty("next_size").GetInt32(), state.GetProperty("next_is_last").GetBoolean(),
                state.GetProperty("effective").GetDouble(), state.GetProperty("evaluations").GetInt32(), last,
                [.. state.GetProperty("sampler_variances").Numbers().Select(x => x >= 1e9 ? double.NaN : x)], pool,
                state.TryGetProperty("pending", out JsonElement pending) && pending.GetBoolean());
        }
        catch (Exception damaged) when (damaged is KeyNotFoundException or InvalidOperationException or JsonException or FormatException or ArgumentException or StructureFileException)
        {
            throw new SschaException($"the saved state {Path.Combine(_path, Name(last))} cannot be read ({damaged.Message}); without its files the calculation goes on from the population before", damaged);
        }
    }

    /// <summary>Number of the last population whose files are complete, 0 for the harmonic start alone, -1 for nothing.</summary>
    private int LastComplete()
    {
        int last = 0;
        while (File.Exists(Path.Combine(_path, Name(last + 1) + ".json")))
            last++;
        return last > 0 || File.Exists(Path.Combine(_path, Name(0) + ".json")) ? last : -1;
    }

    private JsonElement Read(int number)
    {
        JsonElement state = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_path, Name(number) + ".json"))).RootElement;
        double[] size = state.GetProperty("supercell").Numbers();
        bool same = size is [double a, double b, double c] && ((int)a, (int)b, (int)c) == _system.Basis.Size
            && state.GetProperty("temperature_K").GetDouble() == _system.Settings.TemperatureK
            && state.GetProperty("species").EnumerateArray().Select(s => s.GetString()).SequenceEqual(_system.Start.Elements.Select(e => e.Symbol))
            && state.GetProperty("masses_Ry").Numbers().SequenceEqual(_system.Masses);
        if (!same)
            throw new SschaException($"{_path} holds the state of another calculation (atoms, masses, supercell or temperature differ); take another folder");
        return state;
    }

    private Population Restore(int number, JsonElement state, Mat3 lattice)
    {
        double[] centroids = state.GetProperty("generating_centroids_A").Numbers();
        Crystal cell = Crystal.FromCartesian(lattice, _system.Start.Elements, centroids);
        IReadOnlyList<Frame> frames = ExtXyz.Read(Path.Combine(_path, Name(number) + ".extxyz"));
        EnsembleForces answers = new(
            [.. frames.Select(f => f.Energy!.Value)], [.. frames.SelectMany(f => f.Forces!)], [.. frames.SelectMany(f => f.Stress!.Value.ToArray())]);
        double[] positions = [.. frames.SelectMany(f => f.Crystal.Cartesian())];
        return Population.Of(_system, _system.State(Phi(state, "generating_dynq"), cell), lattice, _system.SupercellOf(cell).Crystal, positions, answers,
            state.GetProperty("configurations_per_sample").GetInt32(),
            state.TryGetProperty("sampler", out JsonElement sampler) ? Enum.Parse<SschaSampler>(sampler.GetString()!) : SschaSampler.Antithetic);
    }

    private BlochMatrix Phi(JsonElement state, string field) => BlochMatrix.FromDynamical(
        _system.Basis, [.. state.GetProperty(field).EnumerateArray().Select(m => (m.GetProperty("re").Numbers(), m.GetProperty("im").Numbers()))]);

    private Mat3 Primitive(Mat3 supercell)
    {
        (int a, int b, int c) = _system.Basis.Size;
        return Mat3.FromRows(1.0 / a * supercell.Row(0), 1.0 / b * supercell.Row(1), 1.0 / c * supercell.Row(2));
    }

    private static object Dynq(BlochMatrix matrix) => Enumerable.Range(0, matrix.Basis.Cells).Select(matrix.Dynamical)
        .Select(m => new Dictionary<string, double[][]> { ["re"] = m.Re.Rows(matrix.Basis.Bands), ["im"] = m.Im.Rows(matrix.Basis.Bands) });

    private static string Name(int number) => "population_" + number.ToString("D4", CultureInfo.InvariantCulture);
}
