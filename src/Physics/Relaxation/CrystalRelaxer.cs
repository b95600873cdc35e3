using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Relaxation;

/// <summary>
/// Relaxes atoms and cell together to a minimum of the enthalpy E + P V: limited-memory BFGS around a spring model of the Hessian,
/// with a trust radius, and FIRE where that is stuck.
/// </summary>
public static class CrystalRelaxer
{
    /// <summary>One relaxation on the calling thread. Never throws for a bad structure: that is a rejection with a reason.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RelaxationOutcome Relax(Crystal start, IPotential potential, RelaxationSettings settings, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (GuardCheck.Geometry(start, settings.Guards) is string reason)
            return Rejected(start, null, 0, reason);
        Descent? descent = null;
        try
        {
            SymmetryProjector? symmetry = null;
            if (settings.KeepSymmetry)
                (symmetry, start) = SymmetryProjector.Of(start, settings.SymmetryTolerance);
            descent = new Descent(start, potential, settings, symmetry, cancellation);
            string? stop = descent.Run();
            if (stop is not null)
                return Rejected(descent.Last, descent.Result, descent.Evaluations, stop, descent.Path(settings.KeepIntermediates));
            return new RelaxationOutcome(
                descent.Converged ? RelaxationStatus.Converged : RelaxationStatus.Unfinished,
                descent.Last, descent.Result, descent.EnthalpyPerAtom, descent.Evaluations, descent.Remark)
            {
                Intermediates = descent.Path(settings.KeepIntermediates),
            };
        }
        catch (PotentialException e)
        {
            return Rejected(descent?.Last ?? start, descent?.Result, descent?.Evaluations ?? 0, e.Message, descent?.Path(settings.KeepIntermediates) ?? []);
        }
        catch (Exception e) when (e is SymmetryException or InvalidOperationException)
        {
            return Rejected(descent?.Last ?? start, descent?.Result, descent?.Evaluations ?? 0, e.Message);
        }
    }

    private static RelaxationOutcome Rejected(
        Crystal crystal, PotentialResult? result, int evaluations, string reason, ImmutableArray<Crystal> path = default) =>
        new(RelaxationStatus.Rejected, crystal, result, double.NaN, evaluations, reason) { Intermediates = path.IsDefault ? [] : path };
}
