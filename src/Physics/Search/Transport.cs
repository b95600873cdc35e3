namespace Csp.Physics.Search;

/// <summary>
/// The transportation problem (earth mover's distance) between two weighted sets, exactly, by successive shortest paths with potentials
/// (Ahuja, Magnanti and Orlin, Network Flows, section 9.7).
/// </summary>
internal static class Transport
{
    /// <summary>Least mean cost of moving all of one set onto the other; each set's weights count as fractions of its sum.</summary>
    /// <param name="supply">Positive weights.</param>
    /// <param name="demand">Positive weights.</param>
    /// <param name="cost">Not negative, shape [supply, demand].</param>
    public static double MeanCost(int[] supply, int[] demand, double[,] cost)
    {
        int n = supply.Length, m = demand.Length;
        long total = (long)supply.Sum() * demand.Sum();
        long supplies = demand.Sum(), demands = supply.Sum();
        long[] left = [.. supply.Select(s => s * supplies)];
        long[] missing = [.. demand.Select(d => d * demands)];
        long[,] flow = new long[n, m];
        double[] potential = new double[n + m];
        double[] distance = new double[n + m];
        int[] previous = new int[n + m];
        bool[] done = new bool[n + m];
        long remaining = total;
        while (remaining > 0)
        {
            int end = ShortestPath(left, missing, flow, cost, potential, distance, previous, done);
            long amount = missing[end - n];
            int start = end;
            while (previous[start] >= 0)
            {
                int before = previous[start];
                if (before >= n)
                    amount = Math.Min(amount, flow[start, before - n]);
                start = before;
            }
            amount = Math.Min(amount, left[start]);
            for (int node = end; previous[node] >= 0; node = previous[node])
            {
                int before = previous[node];
                if (before < n)
                    flow[before, node - n] += amount;
                else
                    flow[node, before - n] -= amount;
            }
            left[start] -= amount;
            missing[end - n] -= amount;
            remaining -= amount;
            double reached = distance[end];
            for (int node = 0; node < n + m; node++)
                potential[node] += Math.Min(distance[node], reached);
        }
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < m; j++)
                sum += flow[i, j] * cost[i, j];
        }
        return sum / total;
    }

    /// <summary>Dijkstra over reduced costs from every supplier with something left to the nearest unserved receiver, whose node is returned.</summary>
    private static int ShortestPath(
        long[] left, long[] missing, long[,] flow, double[,] cost, double[] potential, double[] distance, int[] previous, bool[] done)
    {
        int n = left.Length, m = missing.Length;
        for (int node = 0; node < n + m; node++)
            (distance[node], previous[node], done[node]) = (node < n && left[node] > 0 ? 0 : double.PositiveInfinity, -1, false);
        while (true)
        {
            int nearest = -1;
            for (int node = 0; node < n + m; node++)
            {
                if (!done[node] && (nearest < 0 || distance[node] < distance[nearest]))
                    nearest = node;
            }
            done[nearest] = true;
            if (nearest >= n && missing[nearest - n] > 0)
                return nearest;
            if (nearest < n)
            {
                for (int j = 0; j < m; j++)
                    Relax(nearest, n + j, cost[nearest, j], potential, distance, previous, done);
            }
            else
            {
                for (int i = 0; i < n; i++)
                {
                    if (flow[i, nearest - n] > 0)
                        Relax(nearest, i, -cost[i, nearest - n], potential, distance, previous, done);
                }
            }
        }
    }

    private static void Relax(int from, int to, double cost, double[] potential, double[] distance, int[] previous, bool[] done)
    {
        // Reduced costs are not negative but for rounding.
        double length = distance[from] + Math.Max(0, cost + potential[from] - potential[to]);
        if (!done[to] && length < distance[to])
            (distance[to], previous[to]) = (length, from);
    }
}
