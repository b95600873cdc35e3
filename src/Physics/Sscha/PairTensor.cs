using System.Numerics.Tensors;

namespace Csp.Physics.Sscha;

/// <summary>Third-order tensors in Bloch components, one complex block per (q, p), first index at q, second at p, third at -q-p; a mutable workspace.</summary>
internal sealed class PairTensor
{
    private readonly int _cells;

    private PairTensor(int cells) => (_cells, Blocks) = (cells, new (double[], double[])[cells * cells]);

    public (double[] Re, double[] Im)[] Blocks { get; }

    /// <summary>Zeros in blocks of the same sizes.</summary>
    public PairTensor Empty()
    {
        PairTensor result = new(_cells);
        for (int i = 0; i < Blocks.Length; i++)
            result.Blocks[i] = (new double[Blocks[i].Re.Length], new double[Blocks[i].Im.Length]);
        return result;
    }

    /// <summary>With blocks of zeros, or without blocks where the length is 0.</summary>
    public static PairTensor Zero(int cells, int length)
    {
        PairTensor result = new(cells);
        for (int i = 0; i < result.Blocks.Length && length > 0; i++)
            result.Blocks[i] = (new double[length], new double[length]);
        return result;
    }

    public PairTensor Copy()
    {
        PairTensor result = new(_cells);
        for (int i = 0; i < Blocks.Length; i++)
            result.Blocks[i] = ((double[])Blocks[i].Re.Clone(), (double[])Blocks[i].Im.Clone());
        return result;
    }

    /// <summary>Squared norm at each q.</summary>
    public double[] Squares() => Dots(this);

    /// <summary>Real part of the inner product at each q.</summary>
    public double[] Dots(PairTensor other)
    {
        double[] result = new double[_cells];
        for (int i = 0; i < Blocks.Length; i++)
        {
            result[i / _cells] += TensorPrimitives.Dot<double>(Blocks[i].Re, other.Blocks[i].Re) + TensorPrimitives.Dot<double>(Blocks[i].Im, other.Blocks[i].Im);
        }
        return result;
    }

    /// <summary>this += s · other, at one q.</summary>
    public void Add(int q, double s, PairTensor other)
    {
        for (int i = q * _cells; i < (q + 1) * _cells; i++)
        {
            TensorPrimitives.MultiplyAdd(other.Blocks[i].Re, s, Blocks[i].Re, Blocks[i].Re);
            TensorPrimitives.MultiplyAdd(other.Blocks[i].Im, s, Blocks[i].Im, Blocks[i].Im);
        }
    }

    /// <summary>this = other + s · this, at one q.</summary>
    public void ScaleAndAdd(int q, double s, PairTensor other)
    {
        for (int i = q * _cells; i < (q + 1) * _cells; i++)
        {
            TensorPrimitives.MultiplyAdd(Blocks[i].Re, s, other.Blocks[i].Re, Blocks[i].Re);
            TensorPrimitives.MultiplyAdd(Blocks[i].Im, s, other.Blocks[i].Im, Blocks[i].Im);
        }
    }
}
