namespace Csp.Learning.Graphs;

/// <summary>What the elementwise operations do with numbers.</summary>
internal static class Scalars
{
    public static double Apply(UnaryKind kind, double x) => kind switch
    {
        UnaryKind.Neg => -x,
        UnaryKind.Exp => Math.Exp(x),
        UnaryKind.Log => Math.Log(x),
        UnaryKind.Sqrt => Math.Sqrt(x),
        UnaryKind.Sin => Math.Sin(x),
        UnaryKind.Cos => Math.Cos(x),
        UnaryKind.Tanh => Math.Tanh(x),
        UnaryKind.Sigmoid => 0.5 + 0.5 * Math.Tanh(0.5 * x),
        UnaryKind.Reciprocal => 1 / x,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static double Apply(BinaryKind kind, double a, double b) => kind switch
    {
        BinaryKind.Add => a + b,
        BinaryKind.Sub => a - b,
        BinaryKind.Mul => a * b,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
