namespace Csp.Physics.Sscha;

/// <summary>The pairs of modes whose wave vectors add up to q, each unordered pair once.</summary>
/// <param name="Channels">q1 ≤ q2 with q1 + q2 = q, and the index of the channel's first pair; where q1 = q2, pairs have m ≤ n.</param>
/// <param name="Count">Pairs in all.</param>
internal sealed record PairSpace(IReadOnlyList<(int Q1, int Q2, int Start)> Channels, int Count)
{
    public static PairSpace Of(BlochBasis basis, int q, ComplexModes[] modes)
    {
        List<(int, int, int)> channels = [];
        int count = 0;
        for (int q1 = 0; q1 < basis.Cells; q1++)
        {
            int q2 = Partner(basis, q, q1);
            if (q2 < q1)
                continue;
            channels.Add((q1, q2, count));
            int m = modes[q1].Count, n = modes[q2].Count;
            count += q1 == q2 ? m * (m + 1) / 2 : m * n;
        }
        return new PairSpace(channels, count);
    }

    /// <summary>q - q1.</summary>
    public static int Partner(BlochBasis basis, int q, int q1)
    {
        (int x, int y, int z) = basis.Waves[q];
        (int x1, int y1, int z1) = basis.Waves[q1];
        return basis.WaveAt(x - x1, y - y1, z - z1);
    }
}
