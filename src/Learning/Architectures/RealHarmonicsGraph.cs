using Csp.Learning.Graphs;

namespace Csp.Learning.Architectures;

/// <summary>The functions of <see cref="RealHarmonics"/> as tensors of a graph.</summary>
internal static class RealHarmonicsGraph
{
    /// <summary>24 columns [pairs, 1] for l = 1..4.</summary>
    /// <param name="graph">Where.</param>
    /// <param name="unit">Directions, [pairs, 3].</param>
    public static Tensor[] Columns(Graph graph, Tensor unit)
    {
        Tensor x = graph.Slice(unit, 1, 0, 1), y = graph.Slice(unit, 1, 1, 1), z = graph.Slice(unit, 1, 2, 1);
        Tensor xx = x * x, yy = y * y, zz = z * z, xy = x * y, yz = y * z, xz = x * z, difference = xx - yy;
        Tensor five = 5 * zz - 1, seven = 7 * zz - 1, sevenThree = 7 * zz - 3, threeX = 3 * xx - yy, threeY = xx - 3 * yy;
        return
        [
            x, y, z,
            RealHarmonics.Sqrt3 * xy, RealHarmonics.Sqrt3 * yz, 1.5 * zz - 0.5, RealHarmonics.Sqrt3 * xz, RealHarmonics.Sqrt3 / 2 * difference,
            RealHarmonics.Sqrt5By8 * (y * threeX), RealHarmonics.Sqrt15 * (xy * z), RealHarmonics.Sqrt3By8 * (y * five), 0.5 * (z * (five - 2)),
            RealHarmonics.Sqrt3By8 * (x * five), RealHarmonics.Sqrt15 / 2 * (z * difference), RealHarmonics.Sqrt5By8 * (x * threeY),
            RealHarmonics.Sqrt35 / 2 * (xy * difference), RealHarmonics.Sqrt35By8 * (yz * threeX), RealHarmonics.Sqrt5 / 2 * (xy * seven),
            RealHarmonics.Sqrt5By8 * (yz * sevenThree), 0.125 * (zz * (35 * zz - 30) + 3), RealHarmonics.Sqrt5By8 * (xz * sevenThree),
            RealHarmonics.Sqrt5 / 4 * (difference * seven), RealHarmonics.Sqrt35By8 * (xz * threeY), RealHarmonics.Sqrt35 / 8 * (difference * difference - 4 * (xx * yy)),
        ];
    }
}
