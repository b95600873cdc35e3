using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>
/// Silicon of Stillinger and Weber, Phys. Rev. B 31, 5262 (1985), in units of ε = 2.1682 eV and σ = 2.0951 Å:
/// E/ε = Σ_pairs A(B r^-4 − 1)·exp[1/(r − a)] + Σ_triplets λ·exp[γ/(r_ij − a) + γ/(r_ik − a)]·(cos θ_jik + 1/3)²,
/// with A = 7.049556277, B = 0.6022245584, a = 1.80, λ = 21.0, γ = 1.20. Ground state: diamond, −4.3364 eV/atom at 5.431 Å.
/// </summary>
public sealed class StillingerWeber : AnalyticPotential
{
    private const double Epsilon = 2.1682;
    private const double Sigma = 2.0951;
    private const double A = 7.049556277;
    private const double B = 0.6022245584;
    private const double Range = 1.80;
    private const double Lambda = 21.0;
    private const double Gamma = 1.20;

    private static readonly Element Si = Element.FromSymbol("Si");

    public static StillingerWeber Silicon { get; } = new();

    public override string Name => "Stillinger-Weber";

    public override double Cutoff => Range * Sigma;

    public override bool Supports(Element element) => element == Si;

    protected override double Accumulate(Crystal crystal, NeighborList list, ReadOnlySpan<double> positions, Span<double> forces, out Mat3 virial)
    {
        double energy = 0;
        virial = Mat3.Zero;
        List<(int Atom, Vec3 R, double Distance, double Screen, double ScreenDerivative)> near = [];
        for (int i = 0; i < crystal.Count; i++)
        {
            near.Clear();
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                Vec3 r = list.Vector(p, i, positions, crystal.Lattice);
                double d = r.Norm / Sigma;
                // Closer to the cutoff the exponentials are below 1e-40.
                if (d >= Range - 0.01)
                    continue;
                int j = list.Neighbors[p];
                double gap = 1 / (d - Range);
                double envelope = Math.Exp(gap), r4 = 1 / (d * d * d * d);
                double pair = A * (B * r4 - 1) * envelope;
                double derivative = A * envelope * (-4 * B * r4 / d - (B * r4 - 1) * gap * gap);
                energy += Epsilon * pair / 2;
                AddPair(i, j, r, Epsilon * derivative / (2 * d * Sigma * Sigma), forces, ref virial);
                double screen = Math.Exp(Gamma * gap);
                near.Add((j, r, d, screen, -Gamma * gap * gap * screen));
            }
            for (int a = 0; a < near.Count; a++)
            {
                for (int b = a + 1; b < near.Count; b++)
                    energy += Triplet(i, near[a], near[b], forces, ref virial);
            }
        }
        return energy;
    }

    private static double Triplet(
        int i, (int Atom, Vec3 R, double Distance, double Screen, double ScreenDerivative) j,
        (int Atom, Vec3 R, double Distance, double Screen, double ScreenDerivative) k, Span<double> forces, ref Mat3 virial)
    {
        double lengthJ = j.Distance * Sigma, lengthK = k.Distance * Sigma;
        double cos = Vec3.Dot(j.R, k.R) / (lengthJ * lengthK);
        double angle = cos + 1.0 / 3;
        double strength = Epsilon * Lambda * j.Screen * k.Screen;
        double dCos = 2 * strength * angle;
        double dJ = Epsilon * Lambda * j.ScreenDerivative * k.Screen * angle * angle / Sigma;
        double dK = Epsilon * Lambda * j.Screen * k.ScreenDerivative * angle * angle / Sigma;
        Vec3 gradientJ = dJ / lengthJ * j.R + dCos * (1 / (lengthJ * lengthK) * k.R - cos / (lengthJ * lengthJ) * j.R);
        Vec3 gradientK = dK / lengthK * k.R + dCos * (1 / (lengthJ * lengthK) * j.R - cos / (lengthK * lengthK) * k.R);
        (Vec3.At(forces, j.Atom) - gradientJ).Store(forces, j.Atom);
        (Vec3.At(forces, k.Atom) - gradientK).Store(forces, k.Atom);
        (Vec3.At(forces, i) + gradientJ + gradientK).Store(forces, i);
        virial += Tensor(gradientJ, j.R) + Tensor(gradientK, k.R);
        return strength * angle * angle;
    }

    private static void AddPair(int i, int j, Vec3 r, double slopeOverDistance, Span<double> forces, ref Mat3 virial)
    {
        (Vec3.At(forces, i) + slopeOverDistance * r).Store(forces, i);
        (Vec3.At(forces, j) - slopeOverDistance * r).Store(forces, j);
        virial += Outer(slopeOverDistance, r);
    }

    private static Mat3 Tensor(Vec3 a, Vec3 b) => Mat3.FromRows(a.X * b, a.Y * b, a.Z * b);
}
