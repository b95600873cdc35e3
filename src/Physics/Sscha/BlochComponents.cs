using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>Υu and δf of every configuration at every q point, with normalised weights: what the Hessian is averaged from.</summary>
internal sealed class BlochComponents
{
    public BlochComponents(Reweighting reweighting, BlochMatrix upsilon)
    {
        Basis = reweighting.State.Basis;
        Count = reweighting.Ensemble.Count;
        Weights = Array.ConvertAll(reweighting.Weights, w => w / reweighting.WeightSum);
        double[] y = upsilon.Apply(reweighting.Displacements, Count);
        double[] d = reweighting.State.Phi.Apply(reweighting.Displacements, Count);
        TensorPrimitives.Add(d, reweighting.Ensemble.Forces, d);
        Y = Split(y);
        D = Split(d);
    }

    public BlochBasis Basis { get; }

    public int Count { get; }

    /// <summary>Sum 1.</summary>
    public double[] Weights { get; }

    /// <summary>Υu, by q.</summary>
    public BlochVector[] Y { get; }

    /// <summary>δf, by q.</summary>
    public BlochVector[] D { get; }

    public bool IsComplex(int q) => Basis.Minus[q] != q;

    private BlochVector[] Split(double[] components)
    {
        BlochVector[] result = new BlochVector[Basis.Cells];
        int length = Basis.Bands * Count;
        foreach (BlochBlock block in Basis.Blocks)
        {
            double[] re = components.AsSpan(block.Offset * Count, length).ToArray();
            if (!block.IsPair)
            {
                result[block.Q] = new BlochVector(re, [], Count);
                continue;
            }
            double[] im = components.AsSpan((block.Offset + Basis.Bands) * Count, length).ToArray();
            TensorPrimitives.Multiply(re, Math.Sqrt(0.5), re);
            TensorPrimitives.Multiply(im, Math.Sqrt(0.5), im);
            result[block.Q] = new BlochVector(re, im, Count);
            result[Basis.Minus[block.Q]] = new BlochVector(re, Array.ConvertAll(im, x => -x), Count);
        }
        return result;
    }
}

/// <summary>A complex vector per configuration; the imaginary part is empty where it vanishes.</summary>
/// <param name="Re">Shape [components, count].</param>
/// <param name="Im">Shape [components, count] or empty.</param>
/// <param name="Count">Configurations.</param>
internal sealed record BlochVector(double[] Re, double[] Im, int Count)
{
    /// <summary>target += weights · this[component] · other[otherComponent].</summary>
    public void AddProduct(int component, BlochVector other, int otherComponent, double[] weights, Span<double> re, Span<double> im)
    {
        ReadOnlySpan<double> ar = Re.AsSpan(component * Count, Count), br = other.Re.AsSpan(otherComponent * Count, Count);
        for (int i = 0; i < re.Length; i++)
            re[i] += weights[i] * ar[i] * br[i];
        if (im.IsEmpty)
            return;
        ReadOnlySpan<double> ai = Im.Length == 0 ? [] : Im.AsSpan(component * Count, Count);
        ReadOnlySpan<double> bi = other.Im.Length == 0 ? [] : other.Im.AsSpan(otherComponent * Count, Count);
        if (!ai.IsEmpty && !bi.IsEmpty)
        {
            for (int i = 0; i < re.Length; i++)
                re[i] -= weights[i] * ai[i] * bi[i];
        }
        if (!bi.IsEmpty)
        {
            for (int i = 0; i < im.Length; i++)
                im[i] += weights[i] * ar[i] * bi[i];
        }
        if (!ai.IsEmpty)
        {
            for (int i = 0; i < im.Length; i++)
                im[i] += weights[i] * ai[i] * br[i];
        }
    }
}
