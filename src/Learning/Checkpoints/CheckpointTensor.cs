namespace Csp.Learning.Checkpoints;

/// <summary>One array of a weights file, widened to double precision (which every stored type but int64 fits in exactly).</summary>
/// <param name="Shape">Empty for a scalar.</param>
/// <param name="Values">Row-major.</param>
public sealed record CheckpointTensor(long[] Shape, double[] Values)
{
    /// <summary>The number of elements of a shape, or null when it is negative or larger than <paramref name="limit"/>.</summary>
    internal static long? CountOf(IEnumerable<long> shape, long limit)
    {
        long count = 1;
        foreach (long size in shape)
        {
            if (size < 0 || size > 0 && count > limit / size)
                return null;
            count *= size;
        }
        return count;
    }
}
