using System.Globalization;
using System.Text.Json;
using Csp.Physics.Crystals;
using Csp.Physics.Phonons;

namespace Csp.Physics.Sscha.Reference;

/// <summary>
/// Everything that is defined on a fixed ensemble, written with the file and field names of the reference folder that it was read from
/// (<c>csp sscha --reference DIR --out OUT</c>).
/// </summary>
public sealed class SschaReference
{
    private const int LargestWrittenSupercell = 150;

    /// <summary>Configurations × Modes² × Bands up to which the fourth order is computed unasked: about a minute.</summary>
    private const double LargestAutomaticFourth = 2e10;

    private static readonly double[] ThermoTemperatures = [0, 10, 50, 100, 300, 600];

    private readonly ReferenceFolder _folder;
    private readonly string _out;
    private string? _problem;

    private SschaReference(string folder, string output)
    {
        _folder = new ReferenceFolder(folder);
        _out = output;
        Directory.CreateDirectory(output);
    }

    /// <summary>Evaluates a folder and writes the results; parts whose input is absent are left out.</summary>
    /// <param name="folder">With system.json, ensemble.extxyz, fc_trial.json and, optionally, the other inputs.</param>
    /// <param name="output">Created when it is missing.</param>
    /// <param name="progress">One line per file.</param>
    /// <exception cref="SschaException">
    /// An input is missing, malformed or unreadable, does not match the supercell, or is not positive; or the minimisation does not converge. What was computed before stays in the
    /// output folder; after a minimisation that does not converge that is everything, at the last trustworthy trial state.
    /// </exception>
    public static void Evaluate(string folder, string output, IProgress<string>? progress = null)
    {
        SschaReference run = new(folder, output);
        foreach (Action part in (ReadOnlySpan<Action>)[run.ForceConstantFiles, run.Trial, run.Reweight, run.Symmetrization, run.Interpolation, run.Minimized])
            run.Do(part);
        foreach (string file in Directory.EnumerateFiles(output).Order())
            progress?.Report(Path.GetFileName(file));
        if (run._problem is string problem)
            throw new SschaException($"{problem}; {output} holds what was computed, and fc_minimized.json in it the last trustworthy trial state");
    }

    private void Do(Action part)
    {
        try
        {
            part();
        }
        catch (Exception malformed) when (malformed is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new SschaException($"a file of {_folder.Folder} is malformed ({part.Method.Name}): {malformed.Message}; {Kept}", malformed);
        }
        catch (Exception stopped) when (stopped is SschaException or Files.StructureFileException)
        {
            throw new SschaException($"{stopped.Message}; {Kept}", stopped);
        }
    }

    private string Kept => Directory.EnumerateFiles(_out).Any() ? $"what was computed before that is in {_out}" : "nothing was written";

    private bool Small => _folder.Basis.Modes <= LargestWrittenSupercell;

    private void ForceConstantFiles()
    {
        foreach (string name in (string[])["fc_trial", "fc_harmonic", "fc_reweight"])
        {
            if (_folder.Open(name + ".json") is not JsonElement file)
                continue;
            BlochMatrix phi = _folder.ForceConstants(file, name + ".json");
            Dictionary<string, object?> fields = Fields(phi, _folder.Centroids(file));
            if (name != "fc_reweight")
                AddThermodynamics(fields, phi, _folder.Centroids(file), upsilon: name == "fc_trial");
            JsonNumbers.Write(_out, name + ".json", fields);
            string label = name["fc_".Length..];
            WriteDyn(label, phi, _folder.Centroids(file));
        }
    }

    private void Trial()
    {
        Reweighting reweighting = new(_folder.Ensemble, _folder.State("fc_trial.json", _folder.Temperature));
        JsonNumbers.Write(_out, "reference_trial.json", Averages(reweighting, supercellGradient: true, weights: false));
    }

    private void Reweight()
    {
        if (_folder.Open("fc_reweight.json") is not null)
        {
            double temperature = _folder.Open("reference_reweight_A.json")?.GetProperty("T").GetDouble() ?? _folder.Temperature;
            Reweighting a = new(_folder.Ensemble, _folder.State("fc_reweight.json", temperature));
            JsonNumbers.Write(_out, "reference_reweight_A.json", Averages(a, supercellGradient: true, weights: true));
        }
        if (_folder.Open("reference_reweight_B.json") is JsonElement other)
        {
            Reweighting b = new(_folder.Ensemble, _folder.State("fc_trial.json", other.GetProperty("T").GetDouble()));
            JsonNumbers.Write(_out, "reference_reweight_B.json", Averages(b, supercellGradient: false, weights: true));
        }
    }

    private void Symmetrization()
    {
        if (_folder.Open("symmetrization.json") is not JsonElement input)
            return;
        bool supercell = input.TryGetProperty("fc_supercell_input", out JsonElement full);
        if (!supercell && !input.TryGetProperty("dynq_input", out full))
            return;
        BlochMatrix matrix = supercell
            ? BlochMatrix.FromSupercell(_folder.Basis, full.Numbers())
            : BlochMatrix.FromDynamical(_folder.Basis, [.. full.EnumerateArray().Select(m => (m.GetProperty("re").Numbers(), m.GetProperty("im").Numbers()))]);
        BlochMatrix symmetric = _folder.Symmetry.Symmetrize(matrix, acousticSumRule: true);
        Dictionary<string, object?> fields = new() { ["dynq_symmetrized"] = Dynq(symmetric) };
        if (Small)
            fields["fc_supercell_symmetrized"] = symmetric.ToSupercell().Rows(_folder.Basis.Modes);
        if (input.TryGetProperty("vector_input", out JsonElement vector))
            fields["vector_symmetrized"] = _folder.Symmetry.SymmetrizeVectors(vector.Numbers()).Rows(3);
        JsonNumbers.Write(_out, "symmetrization.json", fields);
    }

    private void Interpolation()
    {
        if (_folder.Open("interpolation.json") is not JsonElement input)
            return;
        TrialState state = _folder.State("fc_trial.json", _folder.Temperature);
        FourierInterpolation interpolation = new(state.Phi, _folder.CellAt(state.Centroids));
        Vec3[] points = [.. input.GetProperty("q_points_frac").Numbers().Rows(3).Select(v => new Vec3(v[0], v[1], v[2]))];
        double[][] frequencies = [.. points.Select(q => interpolation.Frequencies(q, _folder.Masses))];
        Mat3 reciprocal = _folder.Cell.Lattice.Inverse.Transpose;
        Dictionary<string, object?> free = [];
        IEnumerable<double> temperatures = input.TryGetProperty("F_harm_per_cell_fine_Ry", out JsonElement given)
            ? given.EnumerateObject().Select(p => double.Parse(p.Name, CultureInfo.InvariantCulture)) : [0, 300];
        foreach (double t in temperatures)
        {
            // The three translations at Γ have no free energy.
            IEnumerable<double> modes = points.Zip(frequencies).SelectMany(p => IsLatticeVector(p.First) ? p.Second.OrderBy(Math.Abs).Skip(3) : p.Second);
            free[Key(t)] = Thermodynamics.Of(modes, t, _folder.Constants.Boltzmann).FreeEnergy / points.Length;
        }
        JsonNumbers.Write(_out, "interpolation.json", new Dictionary<string, object?>
        {
            ["coarse"] = new[] { _folder.Basis.Size.A, _folder.Basis.Size.B, _folder.Basis.Size.C },
            ["fine"] = input.TryGetProperty("fine", out JsonElement fine) ? fine.Numbers() : null,
            ["q_points_frac"] = points.Select(q => new[] { q.X, q.Y, q.Z }),
            ["q_points_inv_A"] = points.Select(q => q * reciprocal).Select(q => new[] { q.X, q.Y, q.Z }),
            ["frequencies_cm1"] = InverseCm(frequencies),
            ["F_harm_per_cell_fine_Ry"] = free,
        });
    }

    private void Minimized()
    {
        MinimizerResult result = FixedEnsembleMinimizer.Minimize(
            _folder.Ensemble, _folder.State("fc_trial.json", _folder.Temperature), _folder.Symmetry, new MinimizerSettings());
        _problem = result.Problem;
        TrialState state = result.Last.State;
        JsonNumbers.Write(_out, "fc_minimized.json", Fields(state.Phi, state.Centroids));
        WriteDyn("minimized", state.Phi, state.Centroids);
        Dictionary<string, object?> fields = Averages(result.Last, supercellGradient: false, weights: true);
        fields["settings"] = new Dictionary<string, object?>
        {
            ["minimization_algorithm"] = "Anderson mixing of force constants and centroids",
            ["gradient_tolerance_Ry_bohr2"] = new MinimizerSettings().GradientTolerance,
            ["history"] = new MinimizerSettings().History,
        };
        fields["steps"] = result.Steps;
        fields["converged"] = result.Converged;
        fields["final_gc"] = result.Gradient.Norm;
        fields["final_gw_A"] = Math.Sqrt(state.HarmonicResponse(result.CentroidForce).Sum(x => x * x)) / _folder.Constants.AngstromInBohr;
        fields["trajectory"] = new Dictionary<string, object?>
        {
            ["KL_Neff"] = result.Trajectory.Select(t => t.KongLiu),
            ["gc_preconditioned_sym_fro_q_Ry_bohr2"] = result.Trajectory.Select(t => t.GradientNorm),
        };
        fields["centroids_A"] = Angstrom(state.Centroids).Rows(3);
        JsonNumbers.Write(_out, "reference_minimized.json", fields);

        CrystalSymmetry symmetry = CrystalSymmetry.Of(_folder.Basis, _folder.CellAt(state.Centroids), _folder.Operations, 1e-2);
        WriteHessian(result.Last, symmetry, fourthOrder: false, "v3");
        double work = (double)_folder.Ensemble.Count * _folder.Basis.Modes * _folder.Basis.Modes * _folder.Basis.Bands;
        if (work <= LargestAutomaticFourth || _folder.Open("reference_hessian_v3v4.json") is not null)
            WriteHessian(result.Last, symmetry, fourthOrder: true, "v3v4");
    }

    private void WriteHessian(Reweighting reweighting, CrystalSymmetry symmetry, bool fourthOrder, string label)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        FreeEnergyHessian hessian = FreeEnergyHessian.Of(reweighting, symmetry, fourthOrder);
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        Dictionary<string, object?> fields = new()
        {
            ["include_v4"] = fourthOrder,
            ["frequencies_cm1_per_q"] = InverseCm(BlochFrequencies.Of(hessian.Matrix, _folder.Masses)),
            ["dynq"] = Dynq(hessian.Matrix),
            ["wall_s_this_machine"] = seconds,
            ["d3_fro_Ry_bohr3"] = hessian.ThirdOrderNorm,
            ["units"] = "Ry/bohr^2",
        };
        if (Small)
            fields["fc_supercell_hessian"] = hessian.Matrix.ToSupercell().Rows(_folder.Basis.Modes);
        if (Small && !fourthOrder)
            fields["d3_largest_entries"] = LargestEntries(hessian.ThirdOrder!.ToSupercell(), $"reference_hessian_{label}.json");
        JsonNumbers.Write(_out, $"reference_hessian_{label}.json", fields);
        WriteDyn("hessian_" + label, hessian.Matrix, reweighting.State.Centroids);
    }

    /// <summary>[a, b, c, value]: the entries that the input lists, or the 300 largest.</summary>
    private double[][] LargestEntries(double[] tensor, string input)
    {
        int n = _folder.Basis.Modes;
        if (_folder.Open(input) is JsonElement file && file.TryGetProperty("d3_largest_entries", out JsonElement listed))
            return [.. listed.Numbers().Rows(4).Select(e => (double[])[e[0], e[1], e[2], tensor[((int)e[0] * n + (int)e[1]) * n + (int)e[2]]])];
        return [.. Enumerable.Range(0, tensor.Length).OrderByDescending(i => Math.Abs(tensor[i])).Take(300)
            .Select(i => (double[])[i / (n * n), i / n % n, i % n, tensor[i]])];
    }

    private Dictionary<string, object?> Averages(Reweighting reweighting, bool supercellGradient, bool weights)
    {
        TrialState state = reweighting.State;
        BlochBasis basis = state.Basis;
        Observables observables = new(reweighting);
        (Mat3 stress, Mat3 stressError) = observables.Stress();
        CrystalSymmetry current = CrystalSymmetry.Of(basis, _folder.CellAt(state.Centroids), _folder.Operations, 1e-5);
        Mat3 stressSym = current.Symmetrize(stress);
        double perAngstrom = _folder.Constants.AngstromInBohr;
        SupercellGradient gradient = new(reweighting);
        BlochMatrix symmetric = _folder.Symmetry.Symmetrize(reweighting.Gradient, acousticSumRule: true);
        Dictionary<string, object?> fields = new()
        {
            ["T"] = state.Temperature,
            ["n_cells"] = basis.Cells,
            ["F_harm_supercell_Ry"] = observables.HarmonicFreeEnergy,
            ["mean_V_minus_Vharm_supercell_Ry"] = observables.AnharmonicCorrection.Value,
            ["mean_V_minus_Vharm_err_Ry"] = observables.AnharmonicCorrection.Error,
            ["mean_V_supercell_Ry"] = observables.Potential.Value,
            ["mean_V_err_Ry"] = observables.Potential.Error,
            ["F_sscha_supercell_Ry"] = observables.FreeEnergy.Value,
            ["F_sscha_err_supercell_Ry"] = observables.FreeEnergy.Error,
            ["F_sscha_per_cell_Ry"] = observables.FreeEnergy.Value / basis.Cells,
            ["F_sscha_err_per_cell_Ry"] = observables.FreeEnergy.Error / basis.Cells,
            ["kong_liu_Neff"] = reweighting.KongLiu,
            ["N"] = reweighting.Ensemble.Count,
            ["centroid_force_Ry_per_A"] = Array.ConvertAll(reweighting.CentroidForce, f => f * perAngstrom).Rows(3),
            ["centroid_force_err_Ry_per_A"] = Array.ConvertAll(observables.CentroidForceError(), f => f * perAngstrom).Rows(3),
            ["stress_sym_Ry_bohr3"] = stressSym.ToArray().Rows(3),
            ["stress_sym_err_Ry_bohr3"] = current.SymmetrizeError(stressError).ToArray().Rows(3),
            ["stress_unsym_Ry_bohr3"] = stress.ToArray().Rows(3),
            ["stress_unsym_err_Ry_bohr3"] = stressError.ToArray().Rows(3),
            ["pressure_GPa"] = stressSym.Trace / 3 * _folder.Constants.RydbergPerCubicBohrInGPa,
            ["gradient_prec_fro_Ry_bohr2"] = Norm(gradient.Preconditioned),
            ["gradient_prec_err_fro_Ry_bohr2"] = Norm(gradient.Error),
            ["gradient_prec_sym_fro_supercell_Ry_bohr2"] = symmetric.Norm,
            ["gradient_prec_symmetrized_q_Ry_bohr2"] = Dynq(symmetric),
        };
        if (supercellGradient && Small)
        {
            fields["gradient_prec_supercell_Ry_bohr2"] = gradient.Preconditioned.Rows(basis.Modes);
            fields["gradient_prec_err_supercell_Ry_bohr2"] = gradient.Error.Rows(basis.Modes);
            fields["gradient_dF_dPhi_exact_supercell_bohr2"] = gradient.Exact().Rows(basis.Modes);
        }
        if (weights)
            fields["rho"] = reweighting.Weights;
        return fields;
    }

    private Dictionary<string, object?> Fields(BlochMatrix phi, double[] centroids)
    {
        Dictionary<string, object?> fields = new()
        {
            ["units"] = "Ry/bohr^2",
            ["q_points_inv_A"] = _folder.QPointsPerAngstrom,
            ["centroids_A"] = Angstrom(centroids).Rows(3),
            ["dynq"] = Dynq(phi),
            ["frequencies_cm1_per_q"] = InverseCm(BlochFrequencies.Of(phi, _folder.Masses)),
        };
        if (Small)
            fields["fc_supercell"] = phi.ToSupercell().Rows(_folder.Basis.Modes);
        return fields;
    }

    private void AddThermodynamics(Dictionary<string, object?> fields, BlochMatrix phi, double[] centroids, bool upsilon)
    {
        double[] all = [.. BlochFrequencies.Of(phi, _folder.Masses).SelectMany(f => f).Order()];
        ModeBlock[] modes = ModeBlock.Of(phi, _folder.Masses);
        if (modes.Any(b => b.Squares.Any(s => s <= 0)))
            return;
        double[] frequencies = [.. modes.SelectMany(b => b.Frequencies)];
        fields["supercell_frequencies_Ry"] = all;
        fields["zero_point_energy_supercell_Ry"] = frequencies.Sum() / 2;
        fields["thermo"] = ThermoTemperatures.Select(t =>
        {
            Thermodynamics thermo = Thermodynamics.Of(frequencies, t, _folder.Constants.Boltzmann);
            return new Dictionary<string, object?>
            {
                ["T_K"] = t,
                ["F_harm_supercell_Ry"] = thermo.FreeEnergy,
                ["F_harm_per_cell_Ry"] = thermo.FreeEnergy / _folder.Basis.Cells,
                ["entropy_supercell_Ry_per_K"] = thermo.Entropy,
                ["heat_capacity_supercell_Ry_per_K"] = thermo.HeatCapacity,
            };
        });
        if (upsilon && Small)
        {
            TrialState state = new(phi, centroids, _folder.Masses, _folder.Temperature, _folder.Constants);
            fields["upsilon_supercell_bohr-2"] = ((double[])[0, _folder.Temperature, 300]).Distinct()
                .ToDictionary(Key, t => state.UpsilonAt(t).ToSupercell().Rows(_folder.Basis.Modes));
        }
    }

    private void WriteDyn(string label, BlochMatrix phi, double[] centroids)
    {
        int[] stars = _folder.StarSizes.Sum() == _folder.Basis.Cells ? _folder.StarSizes : [_folder.Basis.Cells];
        new DynamicalMatrixFiles(_folder.CellAt(centroids), _folder.Masses, phi, stars).Write(Path.Combine(_out, $"dyn_{label}_"), _folder.Constants.AngstromInBohr);
    }

    private static object Dynq(BlochMatrix matrix)
    {
        int bands = matrix.Basis.Bands;
        return Enumerable.Range(0, matrix.Basis.Cells).Select(matrix.Dynamical)
            .Select(m => new Dictionary<string, double[][]> { ["re"] = m.Re.Rows(bands), ["im"] = m.Im.Rows(bands) });
    }

    private double[][] InverseCm(double[][] frequencies) =>
        [.. frequencies.Select(f => Array.ConvertAll(f, w => w * _folder.Constants.RydbergInInverseCm))];

    private double[] Angstrom(double[] bohr) => Array.ConvertAll(bohr, x => x / _folder.Constants.AngstromInBohr);

    private static bool IsLatticeVector(Vec3 q) =>
        (q - new Vec3(Math.Round(q.X), Math.Round(q.Y), Math.Round(q.Z))).Norm < 1e-8;

    private static string Key(double temperature) =>
        temperature == Math.Floor(temperature) ? temperature.ToString("F1", CultureInfo.InvariantCulture) : temperature.ToString("R", CultureInfo.InvariantCulture);

    private static double Norm(double[] v) => Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(v));
}
