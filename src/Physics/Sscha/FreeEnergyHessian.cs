using System.Globalization;
using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// Second derivatives of the SSCHA free energy with respect to the centroids, H = Φ + ½ B K (1 - ½ Q K)⁻¹ Bᵀ, at zero frequency: B and Q are the third- and
/// fourth-order tensors in modes, K is <see cref="ModeFunctions.Response"/>. A negative eigenvalue means that the structure is not stable.
/// Bianco et al., Phys. Rev. B 96, 014111 (2017); Monacelli et al. (2021), equation 68.
/// </summary>
/// <param name="Matrix">H, Ry/bohr^2.</param>
/// <param name="ThirdOrderNorm">Frobenius norm of the symmetrised third-order tensor, Ry/bohr^3.</param>
public sealed record FreeEnergyHessian(BlochMatrix Matrix, double ThirdOrderNorm)
{
    /// <summary>Third-order tensors that fit in the memory at one time, with and without the fourth order: the smallest heap in which 192 modes in one cell worked.</summary>
    private const int TensorsFourth = 12, TensorsThird = 6;

    internal ThirdOrder? ThirdOrder { get; private init; }

    /// <summary>Bytes of the tensors that a Hessian holds at one time: a few times Modes² × Bands complex numbers.</summary>
    public static long Memory(BlochBasis basis, bool fourthOrder) => (long)basis.Modes * basis.Modes * basis.Bands * 16 * (fourthOrder ? TensorsFourth : TensorsThird);

    /// <exception cref="SschaException">The Hessian needs more memory than there is.</exception>
    /// <param name="basis">Supercell.</param>
    /// <param name="fourthOrder">With the fourth order.</param>
    /// <param name="available">Bytes.</param>
    internal static void RequireMemory(BlochBasis basis, bool fourthOrder, long available)
    {
        long needed = Memory(basis, fourthOrder);
        if (needed > available)
        {
            throw new SschaException(string.Create(
                CultureInfo.InvariantCulture,
                $"the free-energy Hessian of {basis.Modes} modes{(fourthOrder ? " with its fourth order" : "")} needs {needed / 1e9:F1} GB of memory and {available / 1e9:F1} GB are there: take a smaller supercell, a smaller cell with more copies, or leave the {(fourthOrder ? "fourth order" : "Hessian")} out"));
        }
    }

    /// <param name="reweighting">The ensemble at the minimised trial state.</param>
    /// <param name="symmetry">Space group of the centroids.</param>
    /// <param name="fourthOrder">Include Q; memory is that of a dozen third-order tensors, time about ten times that of the third order.</param>
    /// <exception cref="SschaException">The equations of the fourth order do not converge, or the tensors do not fit in the memory.</exception>
    public static FreeEnergyHessian Of(Reweighting reweighting, CrystalSymmetry symmetry, bool fourthOrder)
    {
        RequireMemory(reweighting.State.Basis, fourthOrder, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        // One Boltzmann constant throughout.
        SschaConstants constants = reweighting.State.Constants;
        TrialState state = new(
            reweighting.State.Phi, reweighting.State.Centroids, reweighting.State.Masses, reweighting.State.Temperature,
            constants with { BoltzmannSampling = constants.Boltzmann });
        BlochComponents components = new(reweighting, state.Upsilon);
        ThirdOrder third = ThirdOrder.Of(components, symmetry);
        ComplexModes[] modes = ComplexModes.Of(state);
        (double[] Re, double[] Im)[]? screened = fourthOrder
            ? new FourthOrderScreening(components, symmetry, modes, state.Temperature * constants.Boltzmann).Solve(third)
            : null;
        BlochMatrix matrix = symmetry.Spread(q => screened is null ? AtPoint(q, state, third, modes) : Less(state.Phi.Dynamical(q), screened[q]));
        symmetry.ProjectTranslations(matrix.Blocks[state.Basis.GammaBlock]);
        return new FreeEnergyHessian(matrix.Symmetric(), third.Norm) { ThirdOrder = third };
    }

    /// <summary>H = Φ - ½ (B√-K) N⁻¹ (B√-K)†.</summary>
    private static (double[] Re, double[] Im) Less((double[] Re, double[] Im) phi, (double[] Re, double[] Im) screened) =>
        ([.. phi.Re.Zip(screened.Re, (p, s) => p - 0.5 * s)], [.. phi.Im.Zip(screened.Im, (p, s) => p - 0.5 * s)]);

    /// <summary>Without the fourth order, N = 1.</summary>
    private static (double[] Re, double[] Im) AtPoint(int q, TrialState state, ThirdOrder third, ComplexModes[] modes)
    {
        BlochBasis basis = state.Basis;
        int bands = basis.Bands;
        double kT = state.Temperature * state.Constants.Boltzmann;
        PairSpace pairs = PairSpace.Of(basis, q, modes);

        // Rows: the Cartesian components at q; columns: pairs of modes, times sqrt(-K).
        double[] re = new double[bands * pairs.Count], im = new double[bands * pairs.Count];
        double[] roots = new double[pairs.Count];
        int at = 0;
        foreach ((int q1, int q2, int start) in pairs.Channels)
        {
            ComplexModes x1 = modes[q1], x2 = modes[q2];
            (double[] br, double[] bi) = InModes(third.Block(q, basis.Minus[q1]), bands, x1, x2);
            for (int m = 0; m < x1.Count; m++)
            {
                for (int n = q1 == q2 ? m : 0; n < x2.Count; n++)
                {
                    double multiplicity = q1 == q2 && m == n ? 1 : Math.Sqrt(2);
                    roots[at] = Math.Sqrt(-ModeFunctions.Response(x1.Frequencies[m], x2.Frequencies[n], kT));
                    for (int a = 0; a < bands; a++)
                    {
                        int source = (a * x1.Count + m) * x2.Count + n;
                        re[a * pairs.Count + at] = multiplicity * roots[at] * br[source];
                        im[a * pairs.Count + at] = multiplicity * roots[at] * bi[source];
                    }
                    at++;
                }
            }
        }

        double[] rr = new double[bands * bands], ri = new double[bands * bands], ir = new double[bands * bands];
        Dense.AddOuter(re, bands, re, bands, pairs.Count, rr);
        Dense.AddOuter(im, bands, im, bands, pairs.Count, rr);
        Dense.AddOuter(im, bands, re, bands, pairs.Count, ir);
        Dense.AddOuter(re, bands, im, bands, pairs.Count, ri);
        TensorPrimitives.Subtract(ir, ri, ir);
        return Less(state.Phi.Dynamical(q), (rr, ir));
    }

    /// <summary>B_a,mn = Σ_bc t(q a, -q1 b, -q2 c) X1_b,m X2_c,n, shape [a, m, n].</summary>
    internal static (double[] Re, double[] Im) InModes((double[] Re, double[] Im) block, int bands, ComplexModes x1, ComplexModes x2)
    {
        int half = bands * bands;
        (double[] gr, double[] gi) = ComplexOuter(block.Re, block.Im, half, x2.Re, x2.Im, x2.Count, bands);
        double[] re = new double[bands * x1.Count * x2.Count], im = new double[re.Length];
        int slice = bands * x2.Count;
        for (int a = 0; a < bands; a++)
        {
            double[] tr = Dense.Transpose(gr.AsSpan(a * slice, slice), bands, x2.Count);
            double[] ti = Dense.Transpose(gi.AsSpan(a * slice, slice), bands, x2.Count);
            (double[] r, double[] i) = ComplexOuter(x1.Re, x1.Im, x1.Count, tr, ti, x2.Count, bands);
            r.CopyTo(re, a * r.Length);
            i.CopyTo(im, a * i.Length);
        }
        return (re, im);
    }

    /// <summary>A·Bᵀ (no conjugation) of complex matrices with rows of length k.</summary>
    internal static (double[] Re, double[] Im) ComplexOuter(double[] ar, double[] ai, int m, double[] br, double[] bi, int n, int k)
    {
        double[] re = new double[m * n], im = new double[m * n];
        Dense.AddOuter(ar, m, br, n, k, re);
        bool aComplex = ai.AsSpan().ContainsAnyExcept(0), bComplex = bi.AsSpan().ContainsAnyExcept(0);
        if (bComplex)
            Dense.AddOuter(ar, m, bi, n, k, im);
        if (aComplex)
            Dense.AddOuter(ai, m, br, n, k, im);
        if (aComplex && bComplex)
        {
            double[] minus = new double[m * n];
            Dense.AddOuter(ai, m, bi, n, k, minus);
            TensorPrimitives.Subtract(re, minus, re);
        }
        return (re, im);
    }
}
