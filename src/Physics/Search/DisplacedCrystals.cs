using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>What a displaced copy of a crystal may look like; every range is drawn from uniformly, per copy.</summary>
/// <param name="LeastAmplitude">Å, of the lightest element: standard deviation of each Cartesian component of a displacement.</param>
/// <param name="LargestAmplitude">Å.</param>
public sealed record DisplacementRequest(double LeastAmplitude, double LargestAmplitude)
{
    /// <summary>Copies of the cell along each lattice vector.</summary>
    public (int A, int B, int C) Supercell { get; init; } = (1, 1, 1);

    /// <summary>Standard deviation of each component of a random symmetric strain, which keeps the volume.</summary>
    public double Strain { get; init; }

    /// <summary>Å^3 per atom; null keeps the volume of the original.</summary>
    public (double Least, double Largest)? VolumePerAtom { get; init; }

    /// <summary>No pair of atoms comes closer than this fraction of the sum of its covalent radii.</summary>
    public double MinDistanceFactor { get; init; } = 0.6;

    /// <exception cref="SearchException">A number is out of range; says which.</exception>
    public DisplacementRequest Checked()
    {
        Require(LeastAmplitude >= 0 && LargestAmplitude >= LeastAmplitude && LargestAmplitude <= 2, $"the amplitude must be a range within 0 to 2 Å, not {LeastAmplitude}:{LargestAmplitude}");
        Require(Supercell is { A: > 0, B: > 0, C: > 0 }, "the supercell must have at least one copy along each lattice vector");
        Require(Strain is >= 0 and <= 0.5, $"the strain must lie between 0 and 0.5, not {Strain}");
        Require(VolumePerAtom is not (double lo, double hi) || lo > 0 && hi >= lo && hi < 1e4, "the volume per atom must be a range of positive numbers");
        Require(MinDistanceFactor is >= 0 and <= 2, $"the distance factor must lie between 0 and 2, not {MinDistanceFactor}");
        return this;
    }

    private static void Require(bool condition, string sentence)
    {
        if (!condition)
            throw new SearchException(sentence);
    }
}

/// <summary>
/// Crystals with normally distributed displacements, a random strain and a random volume, to train and test potentials on. Heavier elements
/// move less, as in the zero-point motion of equal springs: their amplitude is that of the lightest element times (m_lightest/m)^(1/4).
/// </summary>
public static class DisplacedCrystals
{
    private const int Attempts = 200;

    /// <param name="cell">The original; centre of the displacements.</param>
    /// <param name="request">How far.</param>
    /// <param name="seed">Same seed and stream: same copy.</param>
    /// <param name="stream">Number of the copy.</param>
    /// <exception cref="SearchException">The request is out of range, or no copy kept its atoms apart.</exception>
    public static Crystal Draw(Crystal cell, DisplacementRequest request, ulong seed, ulong stream)
    {
        request.Checked();
        SeededRandom random = new(seed, stream);
        DistanceRules rules = new(request.MinDistanceFactor);
        Crystal start = Repeated(cell, request.Supercell);
        double lightest = start.Elements.Min(e => e.Mass);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Crystal copy = Displaced(start, lightest, request, random);
            if (rules.Worst(copy) >= 1)
                return copy;
        }
        throw new SearchException(FormattableString.Invariant(
            $"no displaced copy of {cell} keeps its atoms farther apart than {request.MinDistanceFactor} of the sum of their covalent radii"));
    }

    private static Crystal Repeated(Crystal cell, (int A, int B, int C) size)
    {
        try
        {
            return Supercell.Build(cell, size.A, size.B, size.C).Crystal;
        }
        catch (ArgumentException e)
        {
            throw new SearchException(e.Message, e);
        }
    }

    private static Crystal Displaced(Crystal start, double lightest, DisplacementRequest request, SeededRandom random)
    {
        double amplitude = random.Between(request.LeastAmplitude, request.LargestAmplitude);
        double volume = request.VolumePerAtom is (double lo, double hi) ? start.Count * random.Between(lo, hi) : start.Volume;
        double xx = Component(), yy = Component(), zz = Component(), yz = Component(), zx = Component(), xy = Component();
        Mat3 strain = Mat3.Identity + new Mat3(xx, xy, zx, xy, yy, yz, zx, yz, zz);
        Crystal strained = start.WithLattice(start.Lattice * strain).ScaledToVolume(volume);
        double[] positions = strained.Cartesian();
        for (int i = 0; i < positions.Length; i++)
            positions[i] += amplitude * Math.Sqrt(Math.Sqrt(lightest / start.Elements[i / 3].Mass)) * random.NextNormal();
        return strained.WithCartesian(positions);

        double Component() => request.Strain * random.NextNormal();
    }
}
