namespace Csp.Learning.Architectures.M3GNet;

/// <summary>
/// Sizes and choices of an M3GNet. The two published families differ in a few places; each difference is a named switch here.
/// </summary>
public sealed record M3GNetSettings
{
    /// <summary>Edges up to this length, Å.</summary>
    public double Cutoff { get; init; } = 5;

    /// <summary>Three-body terms of edges up to this length, Å.</summary>
    public double ThreeBodyCutoff { get; init; } = 4;

    /// <summary>Number of interaction blocks.</summary>
    public int Blocks { get; init; } = 3;

    /// <summary>Number of radial functions, N.</summary>
    public int MaxN { get; init; } = 4;

    /// <summary>Number of degrees l = 0..L-1, L.</summary>
    public int MaxL { get; init; } = 4;

    /// <summary>What edges see: the smooth functions g_0..g_(N-1), or all N·L Bessel functions (matgl with use_smooth = false).</summary>
    public EdgeBasisKind EdgeBasis { get; init; }

    /// <summary>What triplets see: Bessel functions S_ln, or the smooth functions g_0..g_(NL-1) (matgl with use_smooth = true).</summary>
    public EdgeBasisKind ThreeBodyBasis { get; init; } = EdgeBasisKind.SphericalBessel;

    /// <summary>The gate of a triplet is that of its centre (MatterSim) or of the end of its second edge (matgl, and the paper).</summary>
    public bool GateAtCenter { get; init; }

    /// <summary>The radial weight of the atom update passes through a swish (MatterSim).</summary>
    public bool SwishAtomWeight { get; init; }

    /// <summary>Messages are summed at the end of an edge (matgl) and not at its centre (MatterSim).</summary>
    public bool SumAtDestination { get; init; }

    /// <summary>Energy added per structure, eV.</summary>
    public double StructureShift { get; init; }
}

public enum EdgeBasisKind
{
    Smooth,
    SphericalBessel,
}
