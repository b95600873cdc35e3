using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;

namespace Csp.Actors.Population;

/// <summary>A run's settings in the words of Physics.</summary>
public static class SearchPlanning
{
    public static SearchSettings SearchOf(RunSettings run) =>
        new(Composition.Parse(run.Formula), run.PressureGPa, run.Search.MinVolumePerAtom, run.Search.MaxVolumePerAtom)
        {
            FormulaUnits = run.FormulaUnits,
            Groups = run.Search.Groups,
            MinDistanceFactor = run.Search.MinDistanceFactor,
            MinRandomShare = run.Search.RandomShare,
            PoolSize = run.Search.PoolSize,
            SelectionWindow = run.Search.WindowMeV / 1000,
            Seed = run.Seed,
        };

    public static RelaxationSettings RelaxationOf(RunSettings run, Csp.Actors.Jobs.RelaxMode mode)
    {
        RelaxationSettings settings = new(run.PressureGPa)
        {
            ForceTolerance = run.Relaxation.ForceTolerance,
            StressToleranceGPa = run.Relaxation.StressToleranceGPa,
            MaxEvaluations = run.Relaxation.MaxEvaluations,
            // A young model has false minima where no label is: collapsed or burst crystals are stopped before they cost a label.
            Guards = GuardRails.Default with
            {
                MinDistanceFactor = 0.9 * run.Search.MinDistanceFactor,
                MinVolumePerAtom = 0.75 * run.Search.MinVolumePerAtom,
                MaxVolumePerAtom = 1.5 * run.Search.MaxVolumePerAtom,
                MaxUncertainty = run.Relaxation.MaxUncertainty,
            },
        };
        return mode == Csp.Actors.Jobs.RelaxMode.Search ? settings : settings with
        {
            ForceTolerance = Math.Min(settings.ForceTolerance, 1e-3),
            StressToleranceGPa = Math.Min(settings.StressToleranceGPa, 0.05),
            MaxEvaluations = 3 * settings.MaxEvaluations,
            KeepSymmetry = mode == Csp.Actors.Jobs.RelaxMode.TightSymmetric,
            Guards = settings.Guards with { MaxUncertainty = null },
        };
    }
}
