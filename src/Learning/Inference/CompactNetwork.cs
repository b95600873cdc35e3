using System.Numerics;
using System.Runtime.CompilerServices;
using Csp.Learning.Architectures;

namespace Csp.Learning.Inference;

/// <summary>What the compact potential makes of the descriptors of one atom: its energy, the slopes, and the distance from the training domain. Registers hold neurons or descriptors.</summary>
internal static unsafe class CompactNetwork<TV, T>
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The hidden layer: returns the energy and leaves dE/dq in the workspace.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Evaluate(CompactWorkspace<T> work, CompactWeights<T> weights, CompactSettings settings)
    {
        int descriptors = settings.Descriptors, neurons = settings.Hidden;
        int paddedQ = weights.PaddedDescriptors, paddedH = weights.PaddedHidden;
        T* p = work.Descriptors.Pointer, slopes = work.HiddenSlopes.Pointer, dq = work.Slopes.Pointer;
        TV energy = TV.Constant(0), one = TV.Constant(1), two = TV.Constant(2);
        for (int d = 0; d < paddedQ; d += TV.Count)
        {
            TV value = (TV.Load(p + d) - TV.Load(weights.Shift.Pointer + d)) * TV.Load(weights.Scale.Pointer + d);
            value.Store(p + d);
            energy = TV.MultiplyAdd(value, TV.Load(weights.Linear.Pointer + d), energy);
        }
        T* arguments = work.HiddenSlopes.Pointer;
        MultiplyAdd(weights.Bias.Pointer, weights.ByDescriptor.Pointer, paddedH, p, descriptors, arguments);
        for (int h = 0; h < paddedH; h += TV.Count)
        {
            TV argument = TV.Load(arguments + h);
            TV tanh = one - two / (TV.Exp(argument + argument) + one), output = TV.Load(weights.Output.Pointer + h);
            energy = TV.MultiplyAdd(output, tanh, energy);
            (output * (one - tanh * tanh)).Store(slopes + h);
        }
        MultiplyAdd(weights.Linear.Pointer, weights.ByNeuron.Pointer, paddedQ, slopes, neurons, dq);
        for (int d = 0; d < paddedQ; d += TV.Count)
            (TV.Load(dq + d) * TV.Load(weights.Scale.Pointer + d)).Store(dq + d);
        return double.CreateTruncating(TV.Sum(energy));
    }

    /// <summary>result = start + x M for a matrix M of so many rows, four registers of columns at a time: one alone would wait for each sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd(T* start, T* matrix, int columns, T* x, int rows, T* result)
    {
        int c = 0, four = 4 * TV.Count;
        for (; c + four <= columns; c += four)
        {
            TV s0 = TV.Load(start + c), s1 = TV.Load(start + c + TV.Count), s2 = TV.Load(start + c + 2 * TV.Count), s3 = TV.Load(start + c + 3 * TV.Count);
            T* row = matrix + c;
            for (int r = 0; r < rows; r++, row += columns)
            {
                TV weight = TV.All(x[r]);
                s0 = TV.MultiplyAdd(weight, TV.Load(row), s0);
                s1 = TV.MultiplyAdd(weight, TV.Load(row + TV.Count), s1);
                s2 = TV.MultiplyAdd(weight, TV.Load(row + 2 * TV.Count), s2);
                s3 = TV.MultiplyAdd(weight, TV.Load(row + 3 * TV.Count), s3);
            }
            s0.Store(result + c);
            s1.Store(result + c + TV.Count);
            s2.Store(result + c + 2 * TV.Count);
            s3.Store(result + c + 3 * TV.Count);
        }
        for (; c < columns; c += TV.Count)
        {
            TV sum = TV.Load(start + c);
            T* row = matrix + c;
            for (int r = 0; r < rows; r++, row += columns)
                sum = TV.MultiplyAdd(TV.All(x[r]), TV.Load(row), sum);
            sum.Store(result + c);
        }
    }

    /// <summary>Squared distance of the current atom from the training domain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Distance(CompactWorkspace<T> work, CompactWeights<T> weights, int descriptors)
    {
        int padded = weights.PaddedDescriptors;
        T* p = work.Descriptors.Pointer, center = weights.Center!.Pointer;
        TV sum = TV.Constant(0);
        for (int a = 0; a < padded; a += TV.Count)
        {
            TV z = TV.Constant(0);
            T* row = weights.Whitening!.Pointer + a;

            // W is lower triangular: rows a .. a + lanes - 1 end at column a + lanes - 1.
            int last = Math.Min(descriptors, a + TV.Count);
            for (int d = 0; d < last; d++, row += padded)
                z = TV.MultiplyAdd(TV.All(p[d] - center[d]), TV.Load(row), z);
            sum = TV.MultiplyAdd(z, z, sum);
        }
        return double.CreateTruncating(TV.Sum(sum)) / descriptors;
    }
}
