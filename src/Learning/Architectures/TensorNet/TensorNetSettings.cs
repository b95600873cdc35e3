namespace Csp.Learning.Architectures.TensorNet;

/// <summary>Sizes of a TensorNet (matgl's form, group O(3)).</summary>
public sealed record TensorNetSettings
{
    /// <summary>Edges up to this length, Å.</summary>
    public double Cutoff { get; init; } = 5;

    /// <summary>Number of smooth radial functions.</summary>
    public int MaxN { get; init; } = 3;

    /// <summary>Number of interaction layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Energy added per structure, eV.</summary>
    public double StructureShift { get; init; }
}
