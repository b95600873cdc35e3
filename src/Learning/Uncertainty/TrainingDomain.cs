using System.Collections.Immutable;
using Csp.Physics.Potentials;

namespace Csp.Learning.Uncertainty;

/// <summary>
/// The region of descriptor space that a model was trained in, one ellipsoid per species: the Mahalanobis distance
/// d² = |W (p - center)|² / Q of an atom's descriptors p, with WᵀW the inverse of their covariance, is about 1 for environments like those of the
/// training structures and grows without bound away from them. The energy error of a structure is taken as Scale · sqrt(mean d²) per atom.
/// </summary>
/// <param name="Scale">eV/atom at distance 1, calibrated on held-out structures.</param>
/// <param name="Species">In the order of the model.</param>
public sealed record TrainingDomain(double Scale, ImmutableArray<SpeciesDomain> Species)
{
    /// <summary>Standard error of the energy in eV/atom, from the distances of all atoms of a structure.</summary>
    public double Uncertainty(ReadOnlySpan<double> squaredDistances)
    {
        double sum = 0;
        foreach (double d in squaredDistances)
            sum += d;
        return Scale * Math.Sqrt(sum / squaredDistances.Length);
    }

    internal void Check(int species, int descriptors)
    {
        if (Species.Length != species || !(Scale >= 0) || !double.IsFinite(Scale))
            throw new PotentialException("the training domain of the model does not fit its species");
        foreach (SpeciesDomain s in Species)
        {
            if (s.Center.Length != descriptors || s.Whitening.Length != descriptors * descriptors)
                throw new PotentialException("the training domain of the model does not fit its descriptors");
            if (!Array.TrueForAll(s.Center, double.IsFinite) || !Array.TrueForAll(s.Whitening, double.IsFinite))
                throw new PotentialException("the training domain of the model holds a number that is not finite");
        }
    }
}

/// <summary>The descriptors of one species in the training structures.</summary>
/// <param name="Center">Mean, shape [Q].</param>
/// <param name="Whitening">Lower triangular W, shape [Q, Q], row-major.</param>
public sealed record SpeciesDomain(double[] Center, double[] Whitening)
{
    /// <summary>The variances of directions in which training structures did not vary are set to this fraction of the mean variance.</summary>
    private const double Floor = 1e-3;

    /// <summary>Fits centre and covariance; without any atoms the unit sphere.</summary>
    /// <param name="descriptors">Shape [atoms, <paramref name="size"/>].</param>
    /// <param name="size">Q.</param>
    /// <exception cref="PotentialException">The descriptors are not finite.</exception>
    public static SpeciesDomain Of(ReadOnlySpan<double> descriptors, int size)
    {
        int atoms = descriptors.Length / size;
        if (atoms == 0)
            return new SpeciesDomain(new double[size], [.. Enumerable.Range(0, size * size).Select(i => i / size == i % size ? 1.0 : 0)]);
        double[] center = new double[size], covariance = new double[size * size];
        for (int i = 0; i < atoms; i++)
        {
            for (int d = 0; d < size; d++)
                center[d] += descriptors[i * size + d] / atoms;
        }
        for (int i = 0; i < atoms; i++)
        {
            for (int a = 0; a < size; a++)
            {
                double deviation = (descriptors[i * size + a] - center[a]) / atoms;
                for (int b = 0; b <= a; b++)
                    covariance[a * size + b] += deviation * (descriptors[i * size + b] - center[b]);
            }
        }
        double floor = 1e-9;
        for (int d = 0; d < size; d++)
            floor += Floor * covariance[d * size + d] / size;
        for (int d = 0; d < size; d++)
            covariance[d * size + d] += floor;
        return new SpeciesDomain(center, InverseOfLower(Cholesky(covariance, size), size));
    }

    /// <summary>d² of one atom.</summary>
    public double SquaredDistance(ReadOnlySpan<double> descriptors)
    {
        int size = Center.Length;
        double sum = 0;
        for (int a = 0; a < size; a++)
        {
            double z = 0;
            for (int b = 0; b <= a; b++)
                z += Whitening[a * size + b] * (descriptors[b] - Center[b]);
            sum += z * z;
        }
        return sum / size;
    }

    private static double[] Cholesky(double[] matrix, int size)
    {
        double[] lower = new double[size * size];
        for (int a = 0; a < size; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                double sum = matrix[a * size + b];
                for (int k = 0; k < b; k++)
                    sum -= lower[a * size + k] * lower[b * size + k];
                if (a == b && !(sum > 0))
                    throw new PotentialException("the descriptors of the training structures have no finite covariance");
                lower[a * size + b] = a == b ? Math.Sqrt(sum) : sum / lower[b * size + b];
            }
        }
        return lower;
    }

    private static double[] InverseOfLower(double[] lower, int size)
    {
        double[] inverse = new double[size * size];
        for (int column = 0; column < size; column++)
        {
            for (int row = column; row < size; row++)
            {
                double sum = row == column ? 1 : 0;
                for (int k = column; k < row; k++)
                    sum -= lower[row * size + k] * inverse[k * size + column];
                inverse[row * size + column] = sum / lower[row * size + row];
            }
        }
        return inverse;
    }
}
