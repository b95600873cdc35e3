using Csp.Physics.Crystals;
using Csp.Physics.Phonons;
using Csp.Physics.Potentials;

namespace Csp.Physics.Sscha;

/// <summary>One calculation from start to end; mutable, used once.</summary>
internal sealed class SschaRun(SschaSystem system, IEnsembleEvaluator evaluator, IProgress<SschaProgress>? progress)
{
    private const double HarmonicStepAngstrom = 0.01;
    private const double FloorInverseCm = 40;
    private const double ConvergedGradientOverError = 1.5;
    private const double MissedTolerance = 1.3;
    private readonly List<Population> _pool = [];
    private readonly SschaStateFolder? _folder = system.Settings.StateFolder is { } path ? new SschaStateFolder(path, system) : null;
    private readonly SamplerChoice _samplers = new(system.Settings.Sampler);
    private bool _planned;
    private double _effective;
    private int _evaluations;
    private int _populations;
    private Mat3 _lattice = system.Start.Lattice;
    private BlochMatrix? _phi;
    private Crystal _cell = system.Start;
    private int _nextSize = system.Settings.PopulationSize;

    private SschaSettings Settings => system.Settings;

    /// <exception cref="SschaException">The calculation cannot go on; the sentence ends with what is kept.</exception>
    public async Task<SschaResult> ToEndAsync(CancellationToken cancellation)
    {
        try
        {
            return await PopulationsAsync(cancellation).ConfigureAwait(false);
        }
        catch (SschaException stopped) when (_folder is not null)
        {
            throw new SschaException($"{stopped.Message}; {_folder.Kept}", stopped);
        }
        catch (PotentialException stopped) when (_folder is not null)
        {
            throw new PotentialException($"{stopped.Message}; {_folder.Kept}", stopped);
        }
    }

    private async Task<SschaResult> PopulationsAsync(CancellationToken cancellation)
    {
        Population? pending = Resume();
        if (_phi is null)
            await StartHarmonicallyAsync(cancellation).ConfigureAwait(false);
        CellStep? cellStep = Settings.Cell == SschaCell.Fixed ? null : new CellStep(Settings.Cell, await BulkModulusAsync(cancellation).ConfigureAwait(false));
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            CrystalSymmetry symmetry = system.SymmetryOf(_cell);
            TrialState trial = system.State(_phi!, _cell);
            if (pending is null)
            {
                (SschaSampler sampler, int count) = _samplers.Next(_nextSize, symmetry.Stars().Length * system.Basis.CellAtoms);
                Population drawn = await Population.DrawAsync(system, trial, _lattice, count, (ulong)_populations + 1, evaluator, sampler, cancellation).ConfigureAwait(false);
                _populations++;
                _evaluations += drawn.Count;
                _folder?.SaveConfigurations(_populations, drawn);
                Save(drawn, pending: true);
                pending = drawn;
            }
            Population population = pending;
            pending = null;
            _pool.Add(population);

            MinimizerResult minimum = Minimize(population, trial, symmetry, out double gradientOverError);
            int all = minimum.Last.Ensemble.Count;
            bool settled = minimum.IsSettled(symmetry);
            _effective = settled ? minimum.Last.KongLiu : 0;
            _phi = minimum.Last.State.Phi;
            _cell = system.CellOf(minimum.Last.State, _lattice);
            Observables observables = new(minimum.Last);
            (Mat3 stress, Mat3 stressError) = observables.Stress();
            Mat3 pressure = InGPa(symmetry.Symmetrize(stress)), pressureError = InGPa(symmetry.SymmetrizeError(stressError));
            double error = system.EvPerCell(observables.FreeEnergy.Error);
            progress?.Report(new SschaProgress(
                _populations, population.Count, _evaluations, system.EvPerCell(observables.FreeEnergy.Value), error, gradientOverError,
                Math.Min(1, minimum.Last.KongLiu / population.Count), pressure.Trace / 3, minimum.Last.State.LowestFrequency * system.Constants.RydbergInInverseCm, population.Sampler));

            bool quiet = gradientOverError < ConvergedGradientOverError, consistent = settled && quiet;
            double tolerance = Settings.FreeEnergyTolerance * 1e-3 * system.Start.Count;
            bool precise = error <= MissedTolerance * tolerance;
            Mat3 residual = cellStep?.Residual(pressure, Settings.PressureGPa ?? 0) ?? Mat3.Zero;
            bool balanced = Largest(residual) <= Math.Max(Settings.StressToleranceGPa, Largest(pressureError));
            // Stopping at the first error below the tolerance would prefer samples with small errors, which are those with low energies (the distribution of
            // V - V_h is skewed). So the size of the last population is fixed before it is drawn, and its result is taken as it comes.
            bool converged = consistent && precise && balanced && _planned;
            _planned = consistent && balanced;
            _nextSize = NextSize(consistent, error / tolerance, all, quiet && !settled ? minimum.NeededConfigurations : null);
            SschaPoint point = new(minimum.Last, symmetry, _cell, pressure, pressureError);
            bool last = converged || _populations >= Settings.MaxPopulations;
            if (!last && cellStep is not null && !balanced && settled)
                MoveCell(cellStep, residual);
            Save(population, pending: false);
            if (last)
                return await FinishAsync(point, population, converged, settled ? null : minimum.Problem, cancellation).ConfigureAwait(false);
        }
    }

    private MinimizerResult Minimize(Population population, TrialState trial, CrystalSymmetry symmetry, out double gradientOverError)
    {
        SampledEnsemble merged = SampledEnsemble.Merge([.. _pool.Select(p => p.Ensemble)]);
        IKnownPart? known = Settings.ControlVariate ? PairControlFit.Of(merged, _lattice, system.Start.Elements) : null;
        SampledEnsemble own = population.Ensemble.With(known, merged.SampleOf[^population.Count]);
        // The trial state came from earlier configurations, so it carries their noise too.
        Reweighting drawn = new(own, trial);
        gradientOverError = Population.GradientOverError(drawn, symmetry) / Math.Sqrt(1 + (_effective > 0 ? population.Count / _effective : 0));
        _samplers.Learn(population.Sampler, drawn, symmetry);
        try
        {
            return FixedEnsembleMinimizer.Minimize(
                merged.With(known), trial, symmetry,
                new MinimizerSettings { GradientTolerance = 1e-8, CentroidTolerance = 1e-7, KongLiuRatio = Settings.KongLiuRatio * population.Count / merged.Count });
        }
        catch (SschaException)
        {
            // The configurations stay, to be joined by those of a larger population.
            Save(population, pending: false);
            throw;
        }
    }

    /// <summary>Takes up what the state folder holds, and returns a population that was evaluated but not used.</summary>
    private Population? Resume()
    {
        if (_folder?.Load() is not { } saved)
            return null;
        (_phi, _cell, _lattice) = (saved.Phi, saved.Cell, saved.Cell.Lattice);
        (_nextSize, _planned, _effective, _evaluations, _populations) =
            (Math.Max(saved.NextSize, Settings.PopulationSize), saved.Planned, saved.Effective, saved.Evaluations, saved.Populations);
        _samplers.Measured = saved.Samplers;
        _pool.AddRange(saved.Pool);
        if (!saved.Pending)
            return null;
        Population pending = _pool[^1];
        _pool.RemoveAt(_pool.Count - 1);
        return pending;
    }

    private void Save(Population? last, bool pending) => _folder?.Save(
        new SschaStateFolder.Saved(_phi!, _cell, _nextSize, _planned, _effective, _evaluations, _populations, _samplers.Measured, _pool, pending), last);

    private async Task StartHarmonicallyAsync(CancellationToken cancellation)
    {
        CrystalSymmetry symmetry = system.SymmetryOf(_cell);
        (BlochMatrix phi, _, int evaluations) = await FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(_cell), system.Basis, symmetry, evaluator, system.Constants, HarmonicStepAngstrom, cancellation).ConfigureAwait(false);
        _evaluations += evaluations;
        _phi = PositiveForceConstants.Of(phi, system.Masses, FloorInverseCm / system.Constants.RydbergInInverseCm);
        Save(null, pending: false);
    }

    private async Task<double> BulkModulusAsync(CancellationToken cancellation)
    {
        const double Strain = 0.005;
        double[] pressures = new double[2];
        for (int k = 0; k < 2; k++)
        {
            Crystal strained = system.SupercellOf(_cell.WithLattice((1 + (k == 0 ? Strain : -Strain)) * _lattice)).Crystal;
            EnsembleForces answer = await evaluator.EvaluateAsync(strained, strained.Cartesian(), cancellation).ConfigureAwait(false);
            pressures[k] = -Mat3.FromSpan(answer.Stresses).Trace / 3 * Units.EvPerCubicAngstromInGPa;
        }
        _evaluations += 2;
        // P falls by 3B per isotropic strain. A soft or unstable static crystal must not make the steps huge.
        return Math.Max((pressures[1] - pressures[0]) / (6 * Strain), 5);
    }

    private void MoveCell(CellStep cellStep, Mat3 residual)
    {
        Mat3 next = SymmetricStructure.SymmetricLattice(cellStep.Next(_lattice, residual), system.Operations);
        _cell = _cell.WithLattice(next);
        _lattice = next;
        // Configurations of another cell say nothing about this one.
        _pool.Clear();
        _effective = 0;
        _planned = false;
    }

    /// <param name="consistent">The last population agrees with its trial state.</param>
    /// <param name="errorOverTolerance">Of the free energy.</param>
    /// <param name="pooled">Configurations so far.</param>
    /// <param name="needed">Configurations that the minimisation would need to have a fixed point, where it found none; null otherwise.</param>
    private int NextSize(bool consistent, double errorOverTolerance, int pooled, int? needed)
    {
        // The number is an estimate; twice the configurations make the next one better.
        double wanted = needed is int n ? Math.Min(n - pooled, pooled)
            : consistent && errorOverTolerance > 1 ? 1.1 * pooled * errorOverTolerance * errorOverTolerance - pooled
            : Settings.PopulationSize;
        return (int)Math.Clamp(wanted, Settings.PopulationSize, Settings.MaxPopulationSize);
    }

    private async Task<SschaResult> FinishAsync(SschaPoint point, Population population, bool converged, string? problem, CancellationToken cancellation)
    {
        Crystal supercell = system.SupercellOf(point.Cell).Crystal;
        EnsembleForces answer = await evaluator.EvaluateAsync(supercell, supercell.Cartesian(), cancellation).ConfigureAwait(false);
        _evaluations++;
        return SschaSummary.Of(system, point, population, answer.Energies[0], _populations, _evaluations, converged) with { Problem = problem };
    }

    private Mat3 InGPa(Mat3 stress) => system.Constants.RydbergPerCubicBohrInGPa * stress;

    private static double Largest(Mat3 m) => m.ToArray().Max(Math.Abs);
}

/// <summary>The averages at the end of a minimisation.</summary>
internal sealed record SschaPoint(Reweighting Averages, CrystalSymmetry Symmetry, Crystal Cell, Mat3 PressureGPa, Mat3 PressureErrorGPa);
