using System.Numerics.Tensors;

namespace Csp.Physics.Relaxation;

/// <summary>
/// Fast inertial relaxation engine (Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)) in the variables of <see cref="EnthalpySurface"/>: slow, but
/// needs no curvature and forgives surfaces that are not smooth. Strains get the mass of all atoms at a neighbour distance.
/// </summary>
internal sealed class Fire
{
    private const double MaxStep = 0.1;
    private const double MaxTime = 0.6;

    private readonly double[] _velocity;
    private readonly double[] _inverseMass;
    private SurfacePoint _point;
    private double _time = 0.06;
    private double _mixing = 0.1;
    private int _downhill;

    public Fire(EnthalpySurface surface, SurfacePoint start, double strainLength)
    {
        _point = Best = start;
        _velocity = new double[surface.Size];
        _inverseMass = new double[surface.Size];
        Array.Fill(_inverseMass, 1);
        Array.Fill(_inverseMass, 1 / (surface.AtomCount * strainLength * strainLength), 3 * surface.AtomCount, EnthalpySurface.StrainCount);
    }

    /// <summary>The lowest point so far.</summary>
    public SurfacePoint Best { get; private set; }

    /// <summary>Where to evaluate next.</summary>
    public double[] Next()
    {
        double power = -TensorPrimitives.Dot<double>(_point.Gradient, _velocity);
        if (power > 0)
        {
            double speed = TensorPrimitives.Norm<double>(_velocity), force = TensorPrimitives.Norm<double>(_point.Gradient);
            for (int i = 0; i < _velocity.Length; i++)
                _velocity[i] = (1 - _mixing) * _velocity[i] - _mixing * speed / force * _point.Gradient[i];
            if (++_downhill > 5)
                (_time, _mixing) = (Math.Min(1.1 * _time, MaxTime), 0.99 * _mixing);
        }
        else
        {
            Array.Clear(_velocity);
            (_time, _mixing, _downhill) = (0.5 * _time, 0.1, 0);
        }
        double[] target = [.. _point.Variables];
        double largest = 0;
        for (int i = 0; i < target.Length; i++)
        {
            _velocity[i] -= _time * _inverseMass[i] * _point.Gradient[i];
            largest = Math.Max(largest, Math.Abs(_time * _velocity[i]));
        }
        double scale = Math.Min(1, MaxStep / Math.Max(largest, 1e-30));
        for (int i = 0; i < target.Length; i++)
            target[i] += scale * _time * _velocity[i];
        return target;
    }

    public void Moved(SurfacePoint point)
    {
        _point = point;
        if (point.Enthalpy < Best.Enthalpy)
            Best = point;
    }
}
