using System.Collections.Immutable;
using System.Numerics.Tensors;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Relaxation;

/// <summary>The workspace of one relaxation: a point that walks downhill until it converges, runs out of evaluations or meets a guard rail.</summary>
internal sealed class Descent
{
    private const double FirstRadius = 0.2;
    private const double LargestRadius = 0.6;
    private const double SmallestRadius = 2e-4;
    private const int Memory = 60;

    /// <summary>Enthalpy differences below this are rounding, eV/atom.</summary>
    private const double Noise = 2e-6;

    private readonly IPotential _potential;
    private readonly RelaxationSettings _settings;
    private readonly SymmetryProjector? _symmetry;
    private readonly CancellationToken _cancellation;
    private readonly CurvatureHistory _history = new(Memory);
    private readonly List<Crystal> _path = [];
    private EnthalpySurface _surface;
    private SpringPreconditioner? _preconditioner;
    private Crystal _springsOf;
    private SurfacePoint? _point;
    private double _radius = FirstRadius;
    private int _stuck;
    private string? _infeasible;

    public Descent(Crystal start, IPotential potential, RelaxationSettings settings, SymmetryProjector? symmetry, CancellationToken cancellation)
    {
        (_potential, _settings, _symmetry, _cancellation) = (potential, settings, symmetry, cancellation);
        _surface = new EnthalpySurface(start, potential, settings, symmetry);
        Last = _springsOf = start;
    }

    public Crystal Last { get; private set; }

    public PotentialResult? Result => _point?.Result;

    public int Evaluations { get; private set; }

    public bool Converged { get; private set; }

    /// <summary>Why an unfinished relaxation ended early, where it was not for the number of evaluations.</summary>
    public string? Remark { get; private set; }

    public double EnthalpyPerAtom => _point!.Enthalpy / _surface.AtomCount;

    /// <summary>Up to <paramref name="count"/> structures on the way, evenly spread, without the last.</summary>
    public ImmutableArray<Crystal> Path(int count)
    {
        int available = Math.Max(0, _path.Count - 1), taken = Math.Min(count, available);
        return [.. Enumerable.Range(0, taken).Select(k => _path[k * available / taken])];
    }

    /// <summary>Null, or the guard rail that stopped it.</summary>
    public string? Run()
    {
        double[] origin = _surface.Origin();
        if (_surface.CrystalAt(origin) is not Crystal first)
            return "the cell has no volume";
        _point = Evaluate(origin, first);
        while (true)
        {
            Accept(_point);
            if (GuardCheck.Answer(_point.MaxForce, _point.Result.Uncertainty, Evaluations, _settings.Guards) is string reason)
                return reason;
            Converged = _point.MaxForce <= _settings.ForceTolerance && _point.MaxStress * Units.EvPerCubicAngstromInGPa <= _settings.StressToleranceGPa;
            if (Converged)
                return null;
            if (Evaluations >= _settings.MaxEvaluations || CannotWin())
                return null;
            if (!Step())
            {
                if (_infeasible is not null && _stuck > 2)
                    return _infeasible;
                if (Evaluations >= _settings.MaxEvaluations)
                    return null;
                Restart();
            }
        }
    }

    /// <summary>One accepted step of the trust-region quasi-Newton iteration; false when none could be found.</summary>
    private bool Step()
    {
        SpringPreconditioner springs = Springs();
        SurfacePoint from = _point!;
        int refused = 0;
        _infeasible = null;
        while (_radius >= SmallestRadius && refused < 8 && Evaluations < _settings.MaxEvaluations)
        {
            double[] direction = _history.Direction(from.Gradient, springs);
            double slope = TensorPrimitives.Dot<double>(direction, from.Gradient);
            double length = Measure(direction);
            if (!(slope < 0) || !double.IsFinite(length))
                return false;
            double fraction = Math.Min(1, _radius / length);
            double[] step = [.. direction.Select(x => fraction * x)];
            double[] target = [.. from.Variables];
            TensorPrimitives.Add<double>(target, step, target);
            Crystal? crystal = _surface.CrystalAt(target);
            _infeasible = crystal is null ? "the cell turns inside out" : GuardCheck.Geometry(crystal, _settings.Guards);
            if (crystal is null || _infeasible is not null)
            {
                _radius = 0.4 * fraction * length;
                refused++;
                continue;
            }
            SurfacePoint to = Evaluate(target, crystal);
            double change = to.Enthalpy - from.Enthalpy;
            double predicted = (fraction - fraction * fraction / 2) * slope;
            _history.Add(step, Difference(to.Gradient, from.Gradient), springs);
            if (change <= Noise * _surface.AtomCount || (change < 1e-4 * _surface.AtomCount && Norm(to) < 0.7 * Norm(from)))
            {
                double ratio = change / predicted;
                if (ratio < 0.2)
                    _radius = Math.Max(0.5 * fraction * length, SmallestRadius);
                else if (ratio > 0.6 && fraction * length > 0.8 * _radius)
                    _radius = Math.Min(1.6 * _radius, LargestRadius);
                _point = to;
                _stuck = 0;
                return true;
            }
            // The minimum of the parabola through both enthalpies and the first slope.
            double best = -fraction * slope / (2 * (change - fraction * slope));
            _radius = Math.Clamp(best, 0.15, 0.6) * fraction * length;
            refused++;
        }
        return false;
    }

    private void Restart()
    {
        _history.Clear();
        _radius = FirstRadius / 3;
        _preconditioner = null;
        if (++_stuck < 2)
            return;
        Fire fire = new(_surface, _point!, StrainLength());
        for (int i = 0; i < 40 && Evaluations < _settings.MaxEvaluations; i++)
        {
            double[] target = fire.Next();
            Crystal? crystal = _surface.CrystalAt(target);
            _infeasible = crystal is null ? "the cell turns inside out" : GuardCheck.Geometry(crystal, _settings.Guards);
            if (crystal is null || _infeasible is not null)
                return;
            fire.Moved(Evaluate(target, crystal));
        }
        if (fire.Best.Enthalpy < _point!.Enthalpy - Noise * _surface.AtomCount)
            _stuck = 0;
        else if (_stuck > 3)
        {
            Remark = "no way further down was found: the potential's forces are not the derivatives of its energy here";
            Evaluations = Math.Max(Evaluations, _settings.MaxEvaluations);
        }
        _point = fire.Best;
    }

    private void Accept(SurfacePoint point)
    {
        Last = point.Crystal;
        _path.Add(point.Crystal);
        if (EnthalpySurface.Strain(point.Variables).Norm > 0.4)
        {
            // Far from the reference the variables become lopsided: start again from here.
            _surface = new EnthalpySurface(point.Crystal, _potential, _settings, _symmetry);
            _point = _surface.Reread(point);
            _history.Clear();
            _preconditioner = null;
        }
        if (_settings.RelaxCell && _symmetry is null && LatticeReduction.Skew(point.Crystal.Lattice) > 2.5)
        {
            IntMat3 change = LatticeReduction.ChangeOf(point.Crystal.Lattice);
            if (change != IntMat3.Identity)
                _point = _surface.Recell(_point!, change);
            Last = _point!.Crystal;
        }
    }

    /// <summary>Whether even three times the decrease that the quadratic model still expects leaves the structure above the ceiling.</summary>
    private bool CannotWin()
    {
        if (_settings.GiveUpAbove is not double ceiling || Evaluations < 15)
            return false;
        double[] direction = _history.Direction(_point!.Gradient, Springs());
        double expected = -TensorPrimitives.Dot<double>(direction, _point.Gradient) / 2 / _surface.AtomCount;
        if (EnthalpyPerAtom - 3 * expected <= ceiling)
            return false;
        Remark = FormattableString.Invariant($"it cannot come below {ceiling:F3} eV/atom: {EnthalpyPerAtom:F3} with {expected:F3} still expected");
        return true;
    }

    private SpringPreconditioner Springs()
    {
        if (_preconditioner is not null && Moved(_springsOf, Last) < 0.2)
            return _preconditioner;
        _springsOf = Last;
        return _preconditioner = SpringPreconditioner.Build(Last, _settings.RelaxCell);
    }

    private static double Moved(Crystal from, Crystal to)
    {
        double largest = 10 * (to.Lattice - from.Lattice).Norm / (from.Lattice.Norm + 1e-9);
        if (largest > 1)
            return largest;
        for (int i = 0; i < from.Count; i++)
            largest = Math.Max(largest, (to.PositionOf(i) - from.PositionOf(i)).Norm);
        return largest;
    }

    private SurfacePoint Evaluate(double[] variables, Crystal crystal)
    {
        _cancellation.ThrowIfCancellationRequested();
        Evaluations++;
        SurfacePoint point = _surface.Evaluate(variables, crystal);
        return double.IsFinite(point.Enthalpy) && double.IsFinite(point.MaxForce) && double.IsFinite(point.MaxStress)
            ? point
            : throw new PotentialException($"{_potential.Name} gives an energy, force or stress that is not a finite number");
    }

    /// <summary>Å: the longest way of an atom, or the strain times a neighbour distance.</summary>
    private double Measure(ReadOnlySpan<double> step)
    {
        double largest = StrainLength() * EnthalpySurface.Strain(step).Norm;
        for (int i = 0; i < _surface.AtomCount; i++)
            largest = Math.Max(largest, Vec3.At(step, i).Norm);
        return largest;
    }

    private double StrainLength() => 1.2 * Math.Cbrt(Last.Volume / Last.Count);

    private static double Norm(SurfacePoint point) => TensorPrimitives.Norm<double>(point.Gradient);

    private static double[] Difference(double[] a, double[] b)
    {
        double[] difference = new double[a.Length];
        TensorPrimitives.Subtract<double>(a, b, difference);
        return difference;
    }
}
