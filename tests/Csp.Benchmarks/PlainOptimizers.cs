using System.Numerics.Tensors;
using Csp.Physics.Crystals;
using MathNet.Numerics.LinearAlgebra;

namespace Csp.Benchmarks;

/// <summary>Optimisers as they are usually run, one structure at a time, to measure ours against.</summary>
internal static class PlainOptimizers
{
    /// <summary>Å: no atom moves further in one step.</summary>
    private const double LongestStep = 0.2;

    /// <summary>
    /// BFGS on the whole Hessian without line search (Nocedal and Wright, Numerical Optimization, eq. 6.19): starts at 70 eV/Å^2, negative curvatures
    /// are taken as positive, the step is cut to 0.2 Å. The usual choice of scripts.
    /// </summary>
    public static bool Bfgs(CellFilter filter, int limit, Func<bool> converged)
    {
        double[] x = filter.Origin();
        int size = x.Length;
        Matrix<double> hessian = Matrix<double>.Build.DiagonalIdentity(size) * 70;
        Vector<double> forces = Vector<double>.Build.Dense(filter.Forces(x));
        while (!converged())
        {
            if (filter.Evaluations >= limit)
                return false;
            var modes = hessian.Evd(Symmetricity.Symmetric);
            Vector<double> along = modes.EigenVectors.TransposeThisAndMultiply(forces);
            along.MapIndexedInplace((k, f) => f / Math.Abs(modes.EigenValues[k].Real));
            Vector<double> step = modes.EigenVectors * along;
            double longest = Longest(step.AsArray(), filter.Rows);
            if (longest > LongestStep)
                step *= LongestStep / longest;
            x = [.. x.Zip(step, (a, b) => a + b)];
            Vector<double> next = Vector<double>.Build.Dense(filter.Forces(x)), change = next - forces;
            if (step.AbsoluteMaximum() > 1e-7)
            {
                Vector<double> bent = hessian * step;
                hessian -= change.OuterProduct(change) / step.DotProduct(change) + bent.OuterProduct(bent) / step.DotProduct(bent);
            }
            forces = next;
        }
        return true;
    }

    /// <summary>FIRE with the published parameters, time step 0.1 to 1 (Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)).</summary>
    public static bool Fire(CellFilter filter, int limit, Func<bool> converged)
    {
        double[] x = filter.Origin(), forces = filter.Forces(x), velocity = new double[x.Length];
        double time = 0.1, mixing = 0.1;
        int downhill = 0;
        while (!converged())
        {
            if (filter.Evaluations >= limit)
                return false;
            double power = TensorPrimitives.Dot<double>(forces, velocity);
            if (power > 0)
            {
                double ratio = mixing * TensorPrimitives.Norm<double>(velocity) / TensorPrimitives.Norm<double>(forces);
                for (int k = 0; k < x.Length; k++)
                    velocity[k] = (1 - mixing) * velocity[k] + ratio * forces[k];
                if (++downhill > 5)
                    (time, mixing) = (Math.Min(1.1 * time, 1), 0.99 * mixing);
            }
            else
            {
                Array.Clear(velocity);
                (time, mixing, downhill) = (0.5 * time, 0.1, 0);
            }
            double[] step = new double[x.Length];
            for (int k = 0; k < x.Length; k++)
                step[k] = time * (velocity[k] += time * forces[k]);
            double norm = TensorPrimitives.Norm<double>(step), cut = Math.Min(1, LongestStep / norm);
            x = [.. x.Zip(step, (a, b) => a + cut * b)];
            forces = filter.Forces(x);
        }
        return true;
    }

    private static double Longest(double[] step, int rows) => Enumerable.Range(0, rows).Max(i => Vec3.At(step, i).Norm);
}
