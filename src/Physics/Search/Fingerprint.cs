using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>A crystal reduced to numbers that do not depend on cell choice, rotation, reflection, numbering or a multiple of the cell.</summary>
public sealed class Fingerprint
{
    /// <exception cref="InvalidOperationException">The cell is too flat or too dense to list its neighbours.</exception>
    public static Fingerprint Of(Crystal crystal) => throw new NotImplementedException();

    /// <summary>How different two crystals are, Å: continuous, symmetric, 0 for the same crystal; infinite for different compositions.</summary>
    public static double Distance(Fingerprint a, Fingerprint b) => throw new NotImplementedException();
}
