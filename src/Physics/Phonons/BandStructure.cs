using Csp.Physics.Crystals;
using Csp.Physics.Sscha;

namespace Csp.Physics.Phonons;

/// <summary>Frequencies along a path.</summary>
/// <param name="Points">The path.</param>
/// <param name="Frequencies">cm^-1, shape [points][3n], ascending, negative = imaginary.</param>
public sealed record BandStructure(IReadOnlyList<BandPoint> Points, double[][] Frequencies)
{
    /// <summary>Lowest frequency on the path, cm^-1.</summary>
    public double Lowest => Frequencies.Min(f => f[0]);

    /// <param name="phi">Force constants, Ry/bohr^2.</param>
    /// <param name="cell">Unit cell, atoms at the centroids.</param>
    /// <param name="masses">Rydberg mass units.</param>
    /// <param name="path">Made for the same cell.</param>
    public static BandStructure Of(BlochMatrix phi, Crystal cell, double[] masses, IReadOnlyList<BandPoint> path)
    {
        FourierInterpolation interpolation = new(phi, cell);
        double unit = SschaConstants.Default.RydbergInInverseCm;
        return new BandStructure(path, [.. path.Select(p => Array.ConvertAll(interpolation.Frequencies(p.Q, masses), w => w * unit))]);
    }
}
