using System.Numerics.Tensors;

namespace Csp.Physics.Relaxation;

/// <summary>
/// Limited-memory BFGS: steps s and changes of gradient y, applied by the two-loop recursion (Nocedal and Wright, Numerical Optimization,
/// algorithm 7.4) around a preconditioner. Pairs of too little curvature are damped towards it (Powell; ibid., procedure 18.2).
/// </summary>
internal sealed class CurvatureHistory(int capacity)
{
    private readonly List<(double[] Step, double[] Change, double Rho)> _pairs = [];

    /// <summary>How much stiffer the surface is than the preconditioner.</summary>
    public double Scale { get; private set; } = 1;

    public int Count => _pairs.Count;

    public void Clear() => _pairs.Clear();

    public void Add(double[] step, double[] change, SpringPreconditioner preconditioner)
    {
        double[] model = preconditioner.Multiply(step);
        double modelCurvature = Scale * TensorPrimitives.Dot<double>(step, model);
        double curvature = TensorPrimitives.Dot<double>(step, change);
        if (!(modelCurvature > 0) || !double.IsFinite(curvature))
            return;
        double[] damped = change;
        if (curvature < 0.05 * modelCurvature)
        {
            double theta = 0.95 * modelCurvature / (modelCurvature - curvature);
            damped = new double[change.Length];
            for (int i = 0; i < damped.Length; i++)
                damped[i] = theta * change[i] + (1 - theta) * Scale * model[i];
            curvature = TensorPrimitives.Dot<double>(step, damped);
        }
        if (_pairs.Count == capacity)
            _pairs.RemoveAt(0);
        _pairs.Add((step, damped, 1 / curvature));
        double stiffness = TensorPrimitives.Dot<double>(damped, preconditioner.Solve(damped));
        Scale = Math.Clamp(stiffness / curvature, 1e-4, 1e4);
    }

    /// <summary>−H g with the current inverse Hessian estimate H.</summary>
    public double[] Direction(double[] gradient, SpringPreconditioner preconditioner)
    {
        double[] q = [.. gradient];
        double[] alpha = new double[_pairs.Count];
        for (int k = _pairs.Count - 1; k >= 0; k--)
        {
            (double[] step, double[] change, double rho) = _pairs[k];
            alpha[k] = rho * TensorPrimitives.Dot<double>(step, q);
            TensorPrimitives.MultiplyAdd<double>(change, -alpha[k], q, q);
        }
        double[] r = preconditioner.Solve(q);
        TensorPrimitives.Multiply(r, 1 / Scale, r);
        for (int k = 0; k < _pairs.Count; k++)
        {
            (double[] step, double[] change, double rho) = _pairs[k];
            double beta = rho * TensorPrimitives.Dot<double>(change, r);
            TensorPrimitives.MultiplyAdd<double>(step, alpha[k] - beta, r, r);
        }
        TensorPrimitives.Negate(r, r);
        return r;
    }
}
