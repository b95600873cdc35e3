using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>Where one pair is and how it fluctuates: its vector d = Mean + w with w normal, covariance Root·Rootᵀ; bohr.</summary>
internal readonly record struct PairGeometry(Vec3 Mean, Mat3 Root)
{
    public Mat3 Covariance => Root * Root.Transpose;

    /// <summary>All pairs under a trial state.</summary>
    public static PairGeometry[] Of(IReadOnlyList<PairBond> bonds, TrialState state)
    {
        BlochBasis basis = state.Basis;
        BlochMatrix covariance = state.Covariance();
        (double[] Re, double[] Im)[] atQ = [.. Enumerable.Range(0, basis.Cells).Select(covariance.Dynamical)];
        Mat3[] own = [.. Enumerable.Range(0, basis.CellAtoms).Select(i => Between(basis, atQ, i, i, (0, 0, 0)))];
        return
        [
            .. bonds.Select(b =>
            {
                Mat3 cross = Between(basis, atQ, b.I, b.J, b.Cell);
                Vec3 mean = Vec3.At(state.Centroids, b.J) - Vec3.At(state.Centroids, b.I) + b.Translation;
                return new PairGeometry(mean, TriangularFactor.Of(own[b.I] + own[b.J] - cross - cross.Transpose));
            }),
        ];
    }

    /// <summary>⟨u(i, 0) u(j, n)ᵀ⟩ = 1/Nc Σ_q C_ij(q) exp(-2πi q·n).</summary>
    private static Mat3 Between(BlochBasis basis, (double[] Re, double[] Im)[] atQ, int i, int j, (int X, int Y, int Z) cell)
    {
        double[] sum = new double[9];
        for (int q = 0; q < atQ.Length; q++)
        {
            double angle = 2 * Math.PI * basis.Phase(q, cell.X, cell.Y, cell.Z);
            double cos = Math.Cos(angle) / basis.Cells, sin = Math.Sin(angle) / basis.Cells;
            for (int k = 0; k < 9; k++)
            {
                int at = (3 * i + k / 3) * basis.Bands + 3 * j + k % 3;
                sum[k] += cos * atQ[q].Re[at] + sin * atQ[q].Im[at];
            }
        }
        return Mat3.FromSpan(sum);
    }
}
