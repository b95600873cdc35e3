using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Relaxation;

/// <summary>Relaxes atoms and cell together to a minimum of the enthalpy E + P V.</summary>
public static class CrystalRelaxer
{
    /// <summary>Never throws for a bad structure: that is a rejection with a reason.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RelaxationOutcome Relax(Crystal start, IPotential potential, RelaxationSettings settings, CancellationToken cancellation = default) => throw new NotImplementedException();
}
