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
        double[] radii = [.. crystal.Elements.Select(e => e.CovalentRadius)];
        double contact = TypicalContact(crystal, radii);
        NeighborList list = NeighborList.Build(crystal, Range * contact * 2 * radii.Max());
        double[] cartesian = crystal.Cartesian();
        SpringSum sum = new(n, dense);
        ReadOnlySpan<int> first = list.First, neighbors = list.Neighbors;
        for (int i = 0; i < n; i++)
        {
            for (int p = first[i]; p < first[i + 1]; p++)
            {
                int j = neighbors[p];
                // Every pair is listed from both ends; an atom and its own images count half from each.
                if (j < i)
                    continue;
                Vec3 r = list.Vector(p, i, cartesian, crystal.Lattice);
                double d = r.Norm, q = d / (contact * (radii[i] + radii[j]));
                if (q < Range)
                    sum.Add(i, j, r, d, (i == j ? 0.5 : 1) * Stiffness * Math.Exp(-Decay * (q - 1)), relaxCell);
            }
        }
        double[] matrix = sum.Matrix();
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
    private static double TypicalContact(Crystal crystal, double[] radii)
    {
        double radius = radii.Max();
        double[] cartesian = crystal.Cartesian();
        double[] shortest = new double[crystal.Count];
        for (double cutoff = 1.3 * Math.Cbrt(crystal.Volume / crystal.Count); ; cutoff *= 1.5)
        {
            Array.Fill(shortest, double.PositiveInfinity);
            NeighborList list = NeighborList.Build(crystal, cutoff);
            for (int i = 0; i < crystal.Count; i++)
            {
                for (int p = list.First[i]; p < list.First[i + 1]; p++)
                    shortest[i] = Math.Min(shortest[i], list.Vector(p, i, cartesian, crystal.Lattice).Norm / (radii[i] + radii[list.Neighbors[p]]));
            }
            Array.Sort(shortest);
            double median = shortest[crystal.Count / 2];
            // A heavier pair at larger distance may have the smaller ratio: accept only what is certain.
            if (median * 2 * radius <= cutoff || (double.IsFinite(median) && cutoff > 6 * radius))
                return median;
        }
    }

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
