using Csp.Physics.Crystals;

namespace Csp.Physics.Relaxation;

/// <summary>
/// A model of the Hessian in the variables of <see cref="EnthalpySurface"/>: springs between neighbours whose stiffness decays with the
/// distance over the sum of covalent radii, coupling atoms and cell alike. In the spirit of Packwood et al., J. Chem. Phys. 144, 164109
/// (2016) (decaying springs, range twice the shortest contact) and Mones, Ortner and Csányi, Sci. Rep. 8, 13991 (2018) (bond springs).
/// </summary>
internal sealed class SpringPreconditioner
{
    private const double Decay = 4;
    private const double Range = 2.2;

    /// <summary>eV/Å^2 of the shortest contact; the optimiser rescales it from what it sees.</summary>
    private const double Stiffness = 8;

    /// <summary>Stiffness across a bond relative to along it.</summary>
    private const double Transverse = 0.2;

    /// <summary>Larger systems use the diagonal only: the factorisation would cost more than the potential.</summary>
    private const int MaxDense = 700;

    private readonly int _size;
    private readonly double[] _matrix;
    private readonly double[]? _factor;

    private SpringPreconditioner(int size, double[] matrix, double[]? factor) => (_size, _matrix, _factor) = (size, matrix, factor);

    public static SpringPreconditioner Build(Crystal crystal, bool relaxCell)
    {
        int n = crystal.Count, size = 3 * n + EnthalpySurface.StrainCount;
        bool dense = size <= MaxDense;
        double[] matrix = new double[dense ? size * size : size];
        double contact = TypicalContact(crystal);
        NeighborList list = NeighborList.Build(crystal, Range * contact * 2 * crystal.Elements.Max(e => e.CovalentRadius));
        double[] cartesian = crystal.Cartesian();
        Span<double> coupling = stackalloc double[3 * EnthalpySurface.StrainCount];
        for (int i = 0; i < n; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                int j = list.Neighbors[p];
                Vec3 r = list.Vector(p, i, cartesian, crystal.Lattice);
                double d = r.Norm;
                double q = d / (contact * (crystal.Elements[i].CovalentRadius + crystal.Elements[j].CovalentRadius));
                if (q >= Range)
                    continue;
                // Half, because every pair is listed from both ends.
                double k = Stiffness / 2 * Math.Exp(-Decay * (q - 1));
                Vec3 u = 1 / d * r;
                Mat3 spring = k * (Transverse * Mat3.Identity + (1 - Transverse) * Mat3.FromRows(u.X * u, u.Y * u, u.Z * u));
                AddSpring(matrix, size, dense, i, j, spring, r, relaxCell, coupling);
            }
        }
        Regularize(matrix, size, dense, relaxCell);
        return new SpringPreconditioner(size, matrix, dense ? Factorize(matrix, size) : null);
    }

    /// <summary>The block of the atoms, shape [3N, 3N]; its eigenvectors are model vibrations.</summary>
    /// <exception cref="InvalidOperationException">The crystal is so large that only the diagonal was built.</exception>
    public double[] AtomBlock()
    {
        if (_factor is null)
            throw new InvalidOperationException("the spring model of so many atoms is diagonal");
        int atoms = _size - EnthalpySurface.StrainCount;
        double[] block = new double[atoms * atoms];
        for (int i = 0; i < atoms; i++)
            _matrix.AsSpan(i * _size, atoms).CopyTo(block.AsSpan(i * atoms));
        return block;
    }

    /// <summary>P^-1 v.</summary>
    public double[] Solve(ReadOnlySpan<double> v)
    {
        double[] x = v.ToArray();
        if (_factor is null)
        {
            for (int i = 0; i < _size; i++)
                x[i] /= _matrix[i];
            return x;
        }
        for (int i = 0; i < _size; i++)
        {
            ReadOnlySpan<double> row = _factor.AsSpan(i * _size, i);
            x[i] = (x[i] - System.Numerics.Tensors.TensorPrimitives.Dot(row, x.AsSpan(0, i))) / _factor[i * _size + i];
        }
        for (int i = _size - 1; i >= 0; i--)
        {
            x[i] /= _factor[i * _size + i];
            double xi = x[i];
            ReadOnlySpan<double> row = _factor.AsSpan(i * _size, i);
            for (int j = 0; j < i; j++)
                x[j] -= row[j] * xi;
        }
        return x;
    }

    /// <summary>P v.</summary>
    public double[] Multiply(ReadOnlySpan<double> v)
    {
        double[] y = new double[_size];
        for (int i = 0; i < _size; i++)
            y[i] = _factor is null ? _matrix[i] * v[i] : System.Numerics.Tensors.TensorPrimitives.Dot(_matrix.AsSpan(i * _size, _size), v);
        return y;
    }

    /// <summary>Median over the atoms of the shortest distance in units of the sum of covalent radii.</summary>
    private static double TypicalContact(Crystal crystal)
    {
        double radius = crystal.Elements.Max(e => e.CovalentRadius);
        double[] cartesian = crystal.Cartesian();
        double[] shortest = new double[crystal.Count];
        for (double cutoff = 1.3 * Math.Cbrt(crystal.Volume / crystal.Count); ; cutoff *= 1.5)
        {
            Array.Fill(shortest, double.PositiveInfinity);
            NeighborList list = NeighborList.Build(crystal, cutoff);
            for (int i = 0; i < crystal.Count; i++)
            {
                for (int p = list.First[i]; p < list.First[i + 1]; p++)
                {
                    double sum = crystal.Elements[i].CovalentRadius + crystal.Elements[list.Neighbors[p]].CovalentRadius;
                    shortest[i] = Math.Min(shortest[i], list.Vector(p, i, cartesian, crystal.Lattice).Norm / sum);
                }
            }
            Array.Sort(shortest);
            double median = shortest[crystal.Count / 2];
            // A heavier pair at larger distance may have the smaller ratio: accept only what is certain.
            if (median * 2 * radius <= cutoff || (double.IsFinite(median) && cutoff > 6 * radius))
                return median;
        }
    }

    private static void AddSpring(double[] matrix, int size, bool dense, int i, int j, Mat3 spring, Vec3 r, bool relaxCell, Span<double> coupling)
    {
        double h = Math.Sqrt(0.5);
        // Columns of E_k r for the six unit strains.
        coupling.Clear();
        if (relaxCell)
        {
            Store(coupling, 0, spring * new Vec3(r.X, 0, 0));
            Store(coupling, 1, spring * new Vec3(0, r.Y, 0));
            Store(coupling, 2, spring * new Vec3(0, 0, r.Z));
            Store(coupling, 3, spring * (h * new Vec3(0, r.Z, r.Y)));
            Store(coupling, 4, spring * (h * new Vec3(r.Z, 0, r.X)));
            Store(coupling, 5, spring * (h * new Vec3(r.Y, r.X, 0)));
        }
        int cell = size - EnthalpySurface.StrainCount;
        if (!dense)
        {
            for (int a = 0; a < 3 && i != j; a++)
            {
                matrix[3 * i + a] += spring[a, a];
                matrix[3 * j + a] += spring[a, a];
            }
            for (int k = 0; k < EnthalpySurface.StrainCount; k++)
                matrix[cell + k] += StrainDot(k, r, h, Vec3.At(coupling, k));
            return;
        }
        for (int a = 0; a < 3 && i != j; a++)
        {
            for (int b = 0; b < 3; b++)
            {
                double s = spring[a, b];
                matrix[(3 * i + a) * size + 3 * i + b] += s;
                matrix[(3 * j + a) * size + 3 * j + b] += s;
                matrix[(3 * i + a) * size + 3 * j + b] -= s;
                matrix[(3 * j + a) * size + 3 * i + b] -= s;
            }
            for (int k = 0; k < EnthalpySurface.StrainCount; k++)
            {
                double c = coupling[3 * k + a];
                matrix[(3 * i + a) * size + cell + k] -= c;
                matrix[(cell + k) * size + 3 * i + a] -= c;
                matrix[(3 * j + a) * size + cell + k] += c;
                matrix[(cell + k) * size + 3 * j + a] += c;
            }
        }
        for (int k = 0; k < EnthalpySurface.StrainCount; k++)
        {
            for (int l = 0; l < EnthalpySurface.StrainCount; l++)
                matrix[(cell + k) * size + cell + l] += StrainDot(l, r, h, Vec3.At(coupling, k));
        }
    }

    private static void Store(Span<double> flat, int k, Vec3 v) => v.Store(flat, k);

    /// <summary>(E_l r)·v.</summary>
    private static double StrainDot(int l, Vec3 r, double h, Vec3 v) => l switch
    {
        0 => r.X * v.X,
        1 => r.Y * v.Y,
        2 => r.Z * v.Z,
        3 => h * (r.Z * v.Y + r.Y * v.Z),
        4 => h * (r.Z * v.X + r.X * v.Z),
        _ => h * (r.Y * v.X + r.X * v.Y),
    };

    private static void Regularize(double[] matrix, int size, bool dense, bool relaxCell)
    {
        int cell = size - EnthalpySurface.StrainCount, step = dense ? size + 1 : 1;
        double atoms = 0, strains = 0;
        for (int i = 0; i < size; i++)
        {
            if (i < cell)
                atoms += matrix[i * step] / cell;
            else
                strains += matrix[i * step] / EnthalpySurface.StrainCount;
        }
        atoms = Math.Max(atoms, 1e-3 * Stiffness);
        for (int i = 0; i < size; i++)
            matrix[i * step] += i < cell ? 0.04 * atoms : relaxCell ? 0.04 * Math.Max(strains, atoms) : 1;
    }

    private static double[] Factorize(double[] matrix, int size)
    {
        double[] l = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            Span<double> rowI = l.AsSpan(i * size, size);
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[i * size + j] - System.Numerics.Tensors.TensorPrimitives.Dot<double>(rowI[..j], l.AsSpan(j * size, j));
                rowI[j] = i == j ? Math.Sqrt(sum) : sum / l[j * size + j];
            }
        }
        return l;
    }
}
