namespace Csp.Learning.Graphs;

/// <summary>Products of all components of two rows of three as matrix products: x → xxxyyyzzz and x → xyzxyzxyz.</summary>
internal static class Outer
{
    /// <summary>[3, 9], 1 where column/3 is the row.</summary>
    public static double[,] Rows => Ones((a, ab) => ab / 3 == a);

    /// <summary>[3, 9], 1 where column modulo 3 is the row.</summary>
    public static double[,] Columns => Ones((b, ab) => ab % 3 == b);

    private static double[,] Ones(Func<int, int, bool> one)
    {
        double[,] matrix = new double[3, 9];
        for (int a = 0; a < 3; a++)
        {
            for (int ab = 0; ab < 9; ab++)
                matrix[a, ab] = one(a, ab) ? 1 : 0;
        }
        return matrix;
    }
}
