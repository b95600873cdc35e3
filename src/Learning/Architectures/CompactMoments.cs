using Csp.Physics.Crystals;

namespace Csp.Learning.Architectures;

/// <summary>
/// The part of the compact potential that no weight enters: sums over neighbours of the basis functions, and their derivatives.
/// Degree 0 stands for the radial sums R[i, t, k] = Σ_{j of species t} f_k(r_ij) with the radial cutoff; degree l ≥ 1 for the moments
/// M[i, m, t, k] = Σ_{j of species t} f_k(r_ij) C_lm(r_ij) with the angular cutoff.
/// </summary>
internal sealed class CompactMoments
{
    private CompactMoments(double[][] values, double[][] byPosition, double[][] byStrain) =>
        (Values, ByPosition, ByStrain) = (values, byPosition, byStrain);

    /// <summary>Per degree 0..4: shape [N·(2l+1), species·basis].</summary>
    public double[][] Values { get; }

    /// <summary>Per degree: shape [N·(2l+1)·species·basis, 3N], 1/Å; empty when not asked for.</summary>
    public double[][] ByPosition { get; }

    /// <summary>Per degree: derivative with respect to a strain ε, r → r(1 + ε), shape [N·(2l+1)·species·basis, 9]; empty when not asked for.</summary>
    public double[][] ByStrain { get; }

    public static CompactMoments Of(Crystal crystal, int[] species, int speciesCount, CompactSettings settings, bool derivatives)
    {
        int atoms = crystal.Count;
        double[][] values = new double[5][], byPosition = new double[5][], byStrain = new double[5][];
        for (int l = 0; l <= CompactSettings.MaxDegree; l++)
        {
            int size = atoms * (2 * l + 1) * speciesCount * BasisOf(l, settings);
            values[l] = new double[size];
            byPosition[l] = derivatives ? new double[size * 3 * atoms] : [];
            byStrain[l] = derivatives ? new double[size * 9] : [];
        }
        NeighborList pairs = NeighborList.Build(crystal, settings.RadialCutoff);
        double[] positions = crystal.Cartesian();
        double[] f = new double[Math.Max(settings.RadialBasis, settings.AngularBasis)], slope = new double[f.Length];
        double[] harmonics = new double[CompactSettings.Harmonics], gradients = new double[3 * CompactSettings.Harmonics];
        double[] unit = new double[3];
        for (int i = 0; i < atoms; i++)
        {
            for (int p = pairs.First[i]; p < pairs.First[i + 1]; p++)
            {
                int j = pairs.Neighbors[p];
                Vec3 vector = pairs.Vector(p, i, positions, crystal.Lattice);
                double r = vector.Norm;
                Vec3 n = 1 / r * vector;
                n.Store(unit, 0);
                ChebyshevBasis.Evaluate(r, settings.RadialCutoff, f.AsSpan(0, settings.RadialBasis), slope.AsSpan(0, settings.RadialBasis));
                for (int k = 0; k < settings.RadialBasis; k++)
                    Add(0, (i * speciesCount + species[j]) * settings.RadialBasis + k, f[k], slope[k] * n, i, j, vector);
                if (r >= settings.AngularCutoff)
                    continue;
                ChebyshevBasis.Evaluate(r, settings.AngularCutoff, f.AsSpan(0, settings.AngularBasis), slope.AsSpan(0, settings.AngularBasis));
                RealHarmonics.Evaluate(unit, harmonics);
                RealHarmonics.Gradients(unit, gradients);
                for (int l = 1; l <= CompactSettings.MaxDegree; l++)
                {
                    for (int m = 0; m < 2 * l + 1; m++)
                    {
                        int c = RealHarmonics.First[l] + m;
                        Vec3 across = 1 / r * Vec3.At(gradients, c);
                        for (int k = 0; k < settings.AngularBasis; k++)
                        {
                            int row = ((i * (2 * l + 1) + m) * speciesCount + species[j]) * settings.AngularBasis + k;
                            Add(l, row, f[k] * harmonics[c], slope[k] * harmonics[c] * n + f[k] * across, i, j, vector);
                        }
                    }
                }
            }
        }
        return new CompactMoments(values, byPosition, byStrain);

        void Add(int l, int row, double value, in Vec3 derivative, int i, int j, in Vec3 vector)
        {
            values[l][row] += value;
            if (!derivatives)
                return;
            Span<double> position = byPosition[l].AsSpan(row * 3 * atoms, 3 * atoms), strain = byStrain[l].AsSpan(row * 9, 9);
            position[3 * j] += derivative.X;
            position[3 * j + 1] += derivative.Y;
            position[3 * j + 2] += derivative.Z;
            position[3 * i] -= derivative.X;
            position[3 * i + 1] -= derivative.Y;
            position[3 * i + 2] -= derivative.Z;
            for (int a = 0; a < 3; a++)
            {
                double length = a == 0 ? vector.X : a == 1 ? vector.Y : vector.Z;
                strain[3 * a] += length * derivative.X;
                strain[3 * a + 1] += length * derivative.Y;
                strain[3 * a + 2] += length * derivative.Z;
            }
        }
    }

    public static int BasisOf(int l, CompactSettings settings) => l == 0 ? settings.RadialBasis : settings.AngularBasis;
}
