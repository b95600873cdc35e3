using Csp.Physics.Crystals;
using Csp.Physics.Sscha;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Tests.Sscha;

/// <summary>
/// The free-energy Hessian by its definition: third- and fourth-order tensors of the whole supercell as sums over configurations, symmetrised over the permutations of
/// their indices, the translations and the space group; then H = Φ - ½ (B√-K) (1 + ½ √-K Q √-K)⁻¹ (B√-K)ᵀ over all pairs of modes.
/// </summary>
internal sealed class DenseHessian
{
    private readonly Reweighting _averages;
    private readonly int _n;
    private readonly double[] _phi;
    private readonly double[][] _x;
    private readonly double[] _w;
    private readonly (int[] To, Mat3 R)[] _operations;
    private readonly double[][] _y;
    private readonly double[][] _df;
    private readonly double[] _upsilon;

    public DenseHessian(Reweighting averages, Crystal cell, IReadOnlyList<SymmetryOperation> operations)
    {
        _averages = averages;
        TrialState state = averages.State;
        BlochBasis basis = state.Basis;
        _n = basis.Modes;
        _phi = state.Phi.ToSupercell();
        double[] masses = new double[_n];
        for (int component = 0; component < _n; component++)
            masses[basis.ComponentOf(component / basis.Bands, component % basis.Bands / 3, component % 3)] = state.Masses[component % basis.Bands / 3];
        double[] weighted = [.. _phi.Select((p, k) => p / Math.Sqrt(masses[k / _n] * masses[k % _n]))];
        SymmetricEigen eigen = SymmetricEigen.Of(weighted, _n);
        int[] modes = [.. Enumerable.Range(0, _n).OrderBy(m => Math.Abs(eigen.Values[m])).Skip(3)];
        _w = [.. modes.Select(m => Math.Sqrt(eigen.Values[m]))];
        _x = [.. modes.Select(m => Enumerable.Range(0, _n).Select(i => eigen.Vectors[m * _n + i] / Math.Sqrt(masses[i])).ToArray())];
        _upsilon = new double[_n * _n];
        for (int m = 0; m < modes.Length; m++)
        {
            double inverse = 1 / ModeFunctions.Variance(_w[m], KT);
            for (int k = 0; k < _upsilon.Length; k++)
                _upsilon[k] += inverse * masses[k / _n] * _x[m][k / _n] * masses[k % _n] * _x[m][k % _n];
        }
        int count = averages.Ensemble.Count;
        double[] u = basis.ToSupercellRows(averages.Displacements, count), f = basis.ToSupercellRows(averages.Ensemble.Forces, count);
        _y = new double[count][];
        _df = new double[count][];
        for (int k = 0; k < count; k++)
        {
            double[] here = [.. Enumerable.Range(0, _n).Select(i => u[i * count + k])];
            _y[k] = Times(_upsilon, here);
            _df[k] = [.. Times(_phi, here).Select((x, i) => x + f[i * count + k])];
        }
        _operations = Group(cell, basis, operations);
    }

    private double KT => _averages.State.Temperature * _averages.State.Constants.Boltzmann;

    public double[] Of(bool fourthOrder)
    {
        int m = _w.Length, pairs = m * m;
        double[] roots = [.. Enumerable.Range(0, pairs).Select(p => Math.Sqrt(-ModeFunctions.Response(_w[p / m], _w[p % m], KT)))];
        double[] b = InModes(Symmetric(Third(), 3), 3, keep: 1);
        double[][] rows = [.. Enumerable.Range(0, _n).Select(a => Enumerable.Range(0, pairs).Select(p => b[a * pairs + p] * roots[p]).ToArray())];
        double[] matrix = new double[pairs * pairs];
        if (fourthOrder)
        {
            double[] q = InModes(Symmetric(Fourth(), 4), 4, keep: 0);
            for (int k = 0; k < matrix.Length; k++)
                matrix[k] = 0.5 * roots[k / pairs] * q[k] * roots[k % pairs];
        }
        for (int p = 0; p < pairs; p++)
            matrix[p * pairs + p] += 1;
        double[][] solved = Solve(matrix, pairs, rows);
        return [.. Enumerable.Range(0, _n * _n).Select(k => _phi[k] - 0.5 * rows[k / _n].Zip(solved[k % _n], (x, y) => x * y).Sum())];
    }

    /// <summary>⟨(Υ_bc - y_b y_c) δf_a⟩.</summary>
    private double[] Third()
    {
        double[] d = new double[_n * _n * _n];
        for (int k = 0; k < _y.Length; k++)
        {
            double weight = _averages.Weights[k] / _averages.WeightSum;
            for (int at = 0; at < d.Length; at++)
            {
                int a = at / (_n * _n), b = at / _n % _n, c = at % _n;
                d[at] += weight * (_upsilon[b * _n + c] - _y[k][b] * _y[k][c]) * _df[k][a];
            }
        }
        return d;
    }

    /// <summary>-⟨y_a y_b y_c δf_d⟩.</summary>
    private double[] Fourth()
    {
        double[] d = new double[_n * _n * _n * _n];
        for (int k = 0; k < _y.Length; k++)
        {
            double weight = -_averages.Weights[k] / _averages.WeightSum;
            double[] y = _y[k], df = _df[k];
            for (int abc = 0; abc < _n * _n * _n; abc++)
            {
                double factor = weight * y[abc / (_n * _n)] * y[abc / _n % _n] * y[abc % _n];
                for (int e = 0; e < _n; e++)
                    d[abc * _n + e] += factor * df[e];
            }
        }
        return d;
    }

    /// <summary>Averages over the space group with all translations and over the cyclic permutations, which make any tensor of y…y δf symmetric.</summary>
    private double[] Symmetric(double[] tensor, int order)
    {
        double[] sum = new double[tensor.Length];
        int[] index = new int[order], axes = new int[order];
        int combinations = (int)Math.Pow(3, order);
        double norm = 1.0 / (_operations.Length * order);
        for (int at = 0; at < tensor.Length; at++)
        {
            int left = at;
            for (int i = order - 1; i >= 0; i--, left /= _n)
                index[i] = left % _n;
            foreach ((int[] to, Mat3 r) in _operations)
            {
                for (int combination = 0; combination < combinations; combination++)
                {
                    double factor = norm * tensor[at];
                    int rest = combination;
                    for (int i = 0; i < order; i++, rest /= 3)
                    {
                        axes[i] = rest % 3;
                        factor *= r[axes[i], index[i] % 3];
                    }
                    if (factor == 0)
                        continue;
                    for (int turn = 0; turn < order; turn++)
                    {
                        int target = 0;
                        for (int i = 0; i < order; i++)
                            target = target * _n + 3 * to[index[(i + turn) % order] / 3] + axes[(i + turn) % order];
                        sum[target] += factor;
                    }
                }
            }
        }
        return sum;
    }

    /// <summary>Contracts all but the first <paramref name="keep"/> indices with the modes.</summary>
    private double[] InModes(double[] tensor, int order, int keep)
    {
        // Each pass contracts the first index that is left and moves it to the end.
        int m = _w.Length;
        double[] now = tensor;
        for (int pass = 0; pass < order; pass++)
        {
            int rest = now.Length / _n, width = pass < keep ? _n : m;
            double[] next = new double[rest * width];
            for (int i = 0; i < rest; i++)
            {
                for (int k = 0; k < width; k++)
                {
                    double value = 0;
                    for (int j = 0; j < _n; j++)
                        value += now[j * rest + i] * (pass < keep ? j == k ? 1 : 0 : _x[k][j]);
                    next[i * width + k] = value;
                }
            }
            now = next;
        }
        return now;
    }

    private static double[][] Solve(double[] matrix, int n, double[][] rights)
    {
        double[][] x = [.. rights.Select(r => (double[])r.Clone())];
        for (int p = 0; p < n; p++)
        {
            for (int i = p + 1; i < n; i++)
            {
                double factor = matrix[i * n + p] / matrix[p * n + p];
                if (factor == 0)
                    continue;
                for (int j = p; j < n; j++)
                    matrix[i * n + j] -= factor * matrix[p * n + j];
                foreach (double[] r in x)
                    r[i] -= factor * r[p];
            }
        }
        foreach (double[] r in x)
        {
            for (int i = n - 1; i >= 0; i--)
            {
                for (int j = i + 1; j < n; j++)
                    r[i] -= matrix[i * n + j] * r[j];
                r[i] /= matrix[i * n + i];
            }
        }
        return x;
    }

    /// <summary>Every operation combined with every translation of the supercell, as a permutation of its atoms (in the order of its components) and a rotation.</summary>
    private static (int[], Mat3)[] Group(Crystal cell, BlochBasis basis, IReadOnlyList<SymmetryOperation> operations)
    {
        (int na, int nb, int nc) = basis.Size;
        Crystal supercell = Supercell.Build(cell, na, nb, nc).Crystal;
        List<(int[], Mat3)> group = [];
        foreach (SymmetryOperation operation in operations)
        {
            Mat3 rotation = operation.CartesianRotation(cell.Lattice);
            Mat3 turned = supercell.Lattice * rotation.Transpose * supercell.Lattice.Inverse;
            if (turned.ToArray().Any(x => Math.Abs(x - Math.Round(x)) > 1e-6))
                continue;
            for (int t = 0; t < basis.Cells; t++)
            {
                Vec3 shift = new(t / (nb * nc), t / nc % nb, t % nc);
                group.Add(([.. Enumerable.Range(0, supercell.Count).Select(i =>
                {
                    Vec3 image = (operation.Apply(supercell.PositionOf(i) * cell.Lattice.Inverse) + shift) * cell.Lattice;
                    return Enumerable.Range(0, supercell.Count).Single(j =>
                    {
                        Vec3 d = (image - supercell.PositionOf(j)) * supercell.Lattice.Inverse;
                        return ((d - new Vec3(Math.Round(d.X), Math.Round(d.Y), Math.Round(d.Z))) * supercell.Lattice).Norm < 1e-3;
                    });
                })], rotation));
            }
        }
        return [.. group];
    }

    private double[] Times(double[] matrix, double[] v) => [.. Enumerable.Range(0, _n).Select(i => Enumerable.Range(0, _n).Sum(j => matrix[i * _n + j] * v[j]))];
}
