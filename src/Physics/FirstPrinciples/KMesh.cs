using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>A mesh of k-points through Γ.</summary>
public readonly record struct KMesh(int A, int B, int C)
{
    /// <summary>n_i = ceil(|b_i| / spacing) with |b_i| including 2 pi; spacing in 1/Å.</summary>
    public static KMesh Of(Mat3 lattice, double spacing)
    {
        // Column j of the inverse lattice is b_j / 2 pi. The small slack keeps rounding noise from adding a point.
        Mat3 inverse = lattice.Inverse;
        int Points(int j) => Math.Max(1, (int)Math.Ceiling(2 * Math.PI * inverse.Column(j).Norm / spacing - 1e-6));
        return new KMesh(Points(0), Points(1), Points(2));
    }

    public override string ToString() => $"{A}x{B}x{C}";
}
