using System.Buffers;
using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>
/// The averages of one ensemble under one trial state: weights, the preconditioned gradient by integration by parts and the force on the centroids.
/// This is the fixed-point problem; <see cref="FixedEnsembleMinimizer"/> solves it. Rydberg atomic units.
/// </summary>
public sealed class Reweighting
{
    private readonly double[] _gamma;
    private readonly Lazy<KnownAverages?> _known;
    private BlochMatrix? _gradient;

    /// <param name="ensemble">Configurations.</param>
    /// <param name="state">Trial state to average under; same supercell.</param>
    public Reweighting(SampledEnsemble ensemble, TrialState state)
    {
        Ensemble = ensemble;
        State = state;
        _known = new Lazy<KnownAverages?>(() => ensemble.Known?.Under(state));
        _gamma = ensemble.GammaFrom(state.Centroids);
        double log = state.LogWidths;
        double[] exponents = ensemble.Quadratic(state.Upsilon, _gamma);
        Weights = new double[ensemble.Count];
        for (int i = 0; i < Weights.Length; i++)
            Weights[i] = Math.Exp(-log - 0.5 * exponents[i] - ensemble.LogDensities[i]);
        WeightSum = TensorPrimitives.Sum<double>(Weights);
        KongLiu = WeightSum * WeightSum / TensorPrimitives.SumOfSquares<double>(Weights);
        if (!double.IsFinite(KongLiu) || WeightSum <= 0)
            throw new SschaException("the trial state is so far from the ensemble that no configuration keeps a weight; draw a new population");
    }

    private Reweighting(Reweighting whole, double[] weights)
    {
        Ensemble = whole.Ensemble;
        State = whole.State;
        _known = whole._known;
        _gamma = whole._gamma;
        Weights = weights;
        WeightSum = TensorPrimitives.Sum<double>(weights);
        KongLiu = WeightSum * WeightSum / TensorPrimitives.SumOfSquares<double>(weights);
    }

    public SampledEnsemble Ensemble { get; }

    public TrialState State { get; }

    /// <summary>ρ_i = Π(a0/a) exp(-[u·Υ·u - u0·Υ0·u0]/2).</summary>
    public double[] Weights { get; }

    public double WeightSum { get; }

    /// <summary>Effective number of configurations, (Σρ)²/Σρ².</summary>
    public double KongLiu { get; }

    /// <summary>Averages of the part that is known; null without one.</summary>
    internal KnownAverages? Known => _known.Value;

    /// <summary>The trial force constants less those of the known part: what the rest of the potential is compared with.</summary>
    internal BlochMatrix RestPhi => field ??= Known is null ? State.Phi : State.Phi - Known.ForceConstants;

    /// <summary>u·Φ·u of every configuration, Φ being <see cref="RestPhi"/>: twice V_h where nothing is known.</summary>
    internal double[] HarmonicEnergies() => Ensemble.Quadratic(RestPhi, _gamma);

    /// <summary>From the centroids of the state, block components; only made when something other than the gradient asks.</summary>
    internal double[] Displacements => field ??= Ensemble.DisplacementsFrom(State.Centroids);

    /// <summary>⟨δf⟩ averaged over the cells, per unit-cell atom, Ry/bohr, shape [3n]; dF/dR is minus this times the number of cells.</summary>
    public double[] CentroidForce
    {
        get
        {
            BlochBlock gamma = State.Basis.Blocks[State.Basis.GammaBlock];
            double[] u = new double[gamma.Size], f = new double[gamma.Size];
            double norm = 1 / (WeightSum * Math.Sqrt(State.Basis.Cells));
            for (int i = 0; i < gamma.Size; i++)
            {
                u[i] = norm * TensorPrimitives.Dot<double>(Weights, Ensemble.Rows(State.Basis.GammaBlock, _gamma).Slice(i * Ensemble.Count, Ensemble.Count));
                f[i] = norm * TensorPrimitives.Dot<double>(Weights, Row(Ensemble.RestForces, gamma.Offset + i));
            }
            double[] phi = RestPhi.Blocks[State.Basis.GammaBlock];
            for (int i = 0; i < gamma.Size; i++)
                f[i] += TensorPrimitives.Dot<double>(phi.AsSpan(i * gamma.Size, gamma.Size), u) + (Known?.Force[i] ?? 0);
            return f;
        }
    }

    /// <summary>
    /// g = sym(Υ⟨u δfᵀ⟩), averaged over the translations, Ry/bohr^2: Φ - g is the new self-consistent Φ, i.e. g = Φ - ⟨∂²V⟩. The average needs only
    /// ⟨u fᵀ⟩ and ⟨u uᵀ⟩ since δf = f + Φu. With a known part S both sides lose ⟨∂²S⟩: g = (Φ - ⟨∂²S⟩) - ⟨∂²(V - S)⟩.
    /// </summary>
    public BlochMatrix Gradient => _gradient ??= ComputeGradient();

    /// <summary>The same averages over part of the ensemble, for errors by resampling: samples whose number modulo <paramref name="parts"/> is (or is not) <paramref name="part"/>.</summary>
    public Reweighting Part(int part, int parts, bool without)
    {
        double[] weights = new double[Weights.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = Ensemble.SampleOf[i] % parts == part != without ? Weights[i] : 0;
        return new Reweighting(this, weights);
    }

    private ReadOnlySpan<double> Row(double[] components, int row) => components.AsSpan(row * Ensemble.Count, Ensemble.Count);

    private BlochMatrix ComputeGradient()
    {
        BlochBasis basis = State.Basis;
        int count = Ensemble.Count;
        double[] normalized = Array.ConvertAll(Weights, w => w / WeightSum);
        double[][] blocks = new double[basis.Blocks.Length][];
        double[] weighted = ArrayPool<double>.Shared.Rent(basis.Blocks.Max(b => b.Size) * count);
        for (int b = 0; b < blocks.Length; b++)
        {
            BlochBlock block = basis.Blocks[b];
            int n = block.Size;
            ReadOnlySpan<double> u = Ensemble.Rows(b, _gamma);
            ReadOnlySpan<double> f = Ensemble.RestForces.AsSpan(block.Offset * count, n * count);
            for (int i = 0; i < n; i++)
                TensorPrimitives.Multiply(u.Slice(i * count, count), normalized, weighted.AsSpan(i * count, count));
            double[] uu = new double[n * n], uf = new double[n * n];
            Dense.AddOuter(weighted, n, u, n, count, uu, lower: true);
            Dense.Mirror(uu, n);
            Dense.AddOuter(weighted, n, f, n, count, uf);
            double[] force = Dense.Square(uu, RestPhi.Blocks[b], n);
            TensorPrimitives.Add(force, uf, force);
            blocks[b] = BlochMatrix.AverageTranslations(Dense.Square(State.Upsilon.Blocks[b], force, n), block, basis.Bands);
        }
        ArrayPool<double>.Shared.Return(weighted);
        return new BlochMatrix(basis, blocks).Symmetric();
    }
}
