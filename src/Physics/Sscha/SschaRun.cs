using Csp.Physics.Crystals;
using Csp.Physics.Phonons;

namespace Csp.Physics.Sscha;

/// <summary>One calculation from start to end; mutable, used once.</summary>
internal sealed class SschaRun(SschaSystem system, IEnsembleEvaluator evaluator, IProgress<SschaProgress>? progress)
{
    private const double HarmonicStepAngstrom = 0.01;
    private const double FloorInverseCm = 40;
    private const double ConvergedGradientOverError = 1.5;
    private const int FewestEffective = 10;
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

    public async Task<SschaResult> ToEndAsync(CancellationToken cancellation)
    {
        Resume();
        if (_phi is null)
            await StartHarmonicallyAsync(cancellation).ConfigureAwait(false);
        CellStep? cellStep = Settings.Cell == SschaCell.Fixed ? null : new CellStep(Settings.Cell, await BulkModulusAsync(cancellation).ConfigureAwait(false));
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            CrystalSymmetry symmetry = system.SymmetryOf(_cell);
            TrialState trial = system.State(_phi!, _cell);
            _populations++;
            (SschaSampler sampler, int count) = _samplers.Next(_nextSize, symmetry.Stars().Length);
            Population population = await Population.DrawAsync(system, trial, _lattice, count, (ulong)_populations, evaluator, sampler, cancellation).ConfigureAwait(false);
            _evaluations += population.Count;
            _pool.Add(population);

            SampledEnsemble merged = SampledEnsemble.Merge([.. _pool.Select(p => p.Ensemble)]);
            IKnownPart? known = Settings.ControlVariate ? PairControlFit.Of(merged, _lattice, system.Start.Elements) : null;
            SampledEnsemble own = population.Ensemble.With(known, merged.SampleOf[^population.Count]);
            // The trial state came from earlier configurations, so it carries their noise too.
            double gradientOverError = Population.GradientOverError(own, symmetry) / Math.Sqrt(1 + (_effective > 0 ? population.Count / _effective : 0));
            SampledEnsemble all = merged.With(known);
            _samplers.Learn(sampler, new Reweighting(own, trial), symmetry);
            MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(
                all, trial, symmetry, new MinimizerSettings { GradientTolerance = 1e-8, CentroidTolerance = 1e-7, KongLiuRatio = Settings.KongLiuRatio * population.Count / all.Count });
            RequireEnough(minimum);
            _effective = minimum.Converged ? minimum.Last.KongLiu : 0;
            _phi = minimum.Last.State.Phi;
            _cell = system.CellOf(minimum.Last.State, _lattice);
            Observables observables = new(minimum.Last);
            (Mat3 stress, Mat3 stressError) = observables.Stress();
            Mat3 pressure = InGPa(symmetry.Symmetrize(stress)), pressureError = InGPa(symmetry.SymmetrizeError(stressError));
            double error = system.EvPerCell(observables.FreeEnergy.Error);
            progress?.Report(new SschaProgress(
                _populations, population.Count, _evaluations, system.EvPerCell(observables.FreeEnergy.Value), error, gradientOverError,
                Math.Min(1, minimum.Last.KongLiu / population.Count), pressure.Trace / 3, minimum.Last.State.LowestFrequency * system.Constants.RydbergInInverseCm, sampler));

            bool consistent = minimum.Converged && gradientOverError < ConvergedGradientOverError;
            double tolerance = Settings.FreeEnergyTolerance * 1e-3 * system.Start.Count;
            bool precise = error <= MissedTolerance * tolerance;
            Mat3 residual = cellStep?.Residual(pressure, Settings.PressureGPa ?? 0) ?? Mat3.Zero;
            bool balanced = Largest(residual) <= Math.Max(Settings.StressToleranceGPa, Largest(pressureError));
            // Stopping at the first error below the tolerance would prefer samples with small errors, which are those with low energies (the distribution of
            // V - V_h is skewed). So the size of the last population is fixed before it is drawn, and its result is taken as it comes.
            bool converged = consistent && precise && balanced && _planned;
            _planned = consistent && balanced;
            bool last = converged || _populations >= Settings.MaxPopulations;
            _nextSize = NextSize(consistent, error / tolerance, all.Count);
            SschaPoint point = new(minimum.Last, symmetry, _cell, pressure, pressureError);
            if (last)
            {
                _folder?.Save(_populations, population, _phi, _cell, _nextSize, _planned, _effective, _evaluations, _samplers.Measured);
                return await FinishAsync(point, population, converged, cancellation).ConfigureAwait(false);
            }
            if (cellStep is not null && !balanced && minimum.Converged)
                MoveCell(cellStep, residual);
            _folder?.Save(_populations, population, _phi, _cell, _nextSize, _planned, _effective, _evaluations, _samplers.Measured);
        }
    }

    private void Resume()
    {
        if (_folder?.Load() is not { } saved)
            return;
        (_phi, _cell, _lattice) = (saved.Phi, saved.Cell, saved.Cell.Lattice);
        (_nextSize, _planned, _effective, _evaluations, _populations) = (saved.NextSize, saved.Planned, saved.Effective, saved.Evaluations, saved.Populations);
        _samplers.Measured = saved.Samplers;
        _pool.AddRange(saved.Pool);
    }

    private async Task StartHarmonicallyAsync(CancellationToken cancellation)
    {
        CrystalSymmetry symmetry = system.SymmetryOf(_cell);
        (BlochMatrix phi, _, int evaluations) = await FiniteDifferences.ForceConstantsAsync(
            system.SupercellOf(_cell), system.Basis, symmetry, evaluator, system.Constants, HarmonicStepAngstrom, cancellation).ConfigureAwait(false);
        _evaluations += evaluations;
        _phi = PositiveForceConstants.Of(phi, system.Masses, FloorInverseCm / system.Constants.RydbergInInverseCm);
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

    private int NextSize(bool consistent, double errorOverTolerance, int pooled)
    {
        int wanted = consistent && errorOverTolerance > 1
            ? (int)Math.Min(1.1 * pooled * errorOverTolerance * errorOverTolerance - pooled, Settings.MaxPopulationSize)
            : Settings.PopulationSize;
        return Math.Clamp(wanted, Settings.PopulationSize, Settings.MaxPopulationSize);
    }

    private void RequireEnough(MinimizerResult minimum)
    {
        if (minimum.Last.KongLiu < FewestEffective)
        {
            throw new SschaException(
                $"too few configurations for the {system.Basis.Modes} modes, take populations larger than {Settings.PopulationSize}: {minimum.Problem ?? "hardly any of them still counts"}");
        }
    }

    private async Task<SschaResult> FinishAsync(SschaPoint point, Population population, bool converged, CancellationToken cancellation)
    {
        Crystal supercell = system.SupercellOf(point.Cell).Crystal;
        EnsembleForces answer = await evaluator.EvaluateAsync(supercell, supercell.Cartesian(), cancellation).ConfigureAwait(false);
        _evaluations++;
        return SschaSummary.Of(system, point, population, answer.Energies[0], _populations, _evaluations, converged);
    }

    private Mat3 InGPa(Mat3 stress) => system.Constants.RydbergPerCubicBohrInGPa * stress;

    private static double Largest(Mat3 m) => m.ToArray().Max(Math.Abs);
}

/// <summary>The averages at the end of a minimisation.</summary>
internal sealed record SschaPoint(Reweighting Averages, CrystalSymmetry Symmetry, Crystal Cell, Mat3 PressureGPa, Mat3 PressureErrorGPa);
