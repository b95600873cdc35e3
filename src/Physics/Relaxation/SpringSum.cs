using Csp.Physics.Crystals;

namespace Csp.Physics.Relaxation;

/// <summary>
/// Adds up the Hessian of springs between atoms of a crystal in the variables of <see cref="EnthalpySurface"/>. A spring along the unit vector u has the
/// matrix S = k [t 1 + (1 − t) u uᵀ]; under the six unit strains E_m its ends part by E_m r, and u·E_m r = d s_m with
/// s = (u_x², u_y², u_z², √2 u_y u_z, √2 u_x u_z, √2 u_x u_y).
/// </summary>
/// <param name="atoms">Number of atoms.</param>
/// <param name="dense">Whether the whole matrix is wanted, or only its diagonal.</param>
internal sealed class SpringSum(int atoms, bool dense)
{
    private const int Strains = EnthalpySurface.StrainCount;

    /// <summary>Stiffness t across a bond relative to along it.</summary>
    private const double Transverse = 0.2;

    private static readonly double Half = Math.Sqrt(0.5);

    private readonly int _size = 3 * atoms + Strains;
    private readonly double[] _matrix = new double[dense ? (3 * atoms + Strains) * (3 * atoms + Strains) : 3 * atoms + Strains];

    /// <param name="i">One end.</param>
    /// <param name="j">The other end, not below <paramref name="i"/>; the same atom for its own image, which only a strain moves.</param>
    /// <param name="r">From i to j, Å.</param>
    /// <param name="d">|r|.</param>
    /// <param name="stiffness">k, eV/Å^2.</param>
    /// <param name="relaxCell">Whether strains are variables.</param>
    public void Add(int i, int j, Vec3 r, double d, double stiffness, bool relaxCell)
    {
        double across = Transverse * stiffness, along = (1 - Transverse) * stiffness;
        Vec3 u = 1 / d * r;
        if (i != j)
            AddAtoms(3 * i, 3 * j, across, along, u);
        if (!relaxCell)
            return;
        Span<double> s = [u.X * u.X, u.Y * u.Y, u.Z * u.Z, 2 * Half * u.Y * u.Z, 2 * Half * u.X * u.Z, 2 * Half * u.X * u.Y];
        // Rows are E_m r.
        Span<double> moved =
        [
            r.X, 0, 0, 0, r.Y, 0, 0, 0, r.Z,
            0, Half * r.Z, Half * r.Y, Half * r.Z, 0, Half * r.X, Half * r.Y, Half * r.X, 0,
        ];
        int cell = 3 * atoms;
        for (int m = 0; m < Strains; m++)
        {
            double mx = moved[3 * m], my = moved[3 * m + 1], mz = moved[3 * m + 2], pull = along * d * s[m];
            if (!dense)
            {
                _matrix[cell + m] += across * (mx * mx + my * my + mz * mz) + pull * d * s[m];
                continue;
            }
            Span<double> row = _matrix.AsSpan((cell + m) * _size, _size);
            for (int l = 0; l <= m; l++)
                row[cell + l] += across * (mx * moved[3 * l] + my * moved[3 * l + 1] + mz * moved[3 * l + 2]) + pull * d * s[l];
            if (i == j)
                continue;
            double x = across * mx + pull * u.X, y = across * my + pull * u.Y, z = across * mz + pull * u.Z;
            (row[3 * i], row[3 * i + 1], row[3 * i + 2]) = (row[3 * i] - x, row[3 * i + 1] - y, row[3 * i + 2] - z);
            (row[3 * j], row[3 * j + 1], row[3 * j + 2]) = (row[3 * j] + x, row[3 * j + 1] + y, row[3 * j + 2] + z);
        }
    }

    /// <summary>The sum: the whole symmetric matrix [3N + 6, 3N + 6], or its diagonal. To be called once.</summary>
    public double[] Matrix()
    {
        for (int row = 0; dense && row < _size; row++)
        {
            for (int column = 0; column < row; column++)
                _matrix[column * _size + row] = _matrix[row * _size + column];
        }
        return _matrix;
    }

    /// <summary>The lower triangle; <paramref name="j"/> comes after <paramref name="i"/>.</summary>
    private void AddAtoms(int i, int j, double across, double along, Vec3 u)
    {
        for (int a = 0; a < 3; a++)
        {
            double ua = along * u[a];
            if (!dense)
            {
                _matrix[i + a] += across + ua * u[a];
                _matrix[j + a] += across + ua * u[a];
                continue;
            }
            Span<double> own = _matrix.AsSpan((i + a) * _size + i, 3), other = _matrix.AsSpan((j + a) * _size + j, 3), mixed = _matrix.AsSpan((j + a) * _size + i, 3);
            for (int b = 0; b < 3; b++)
            {
                double s = ua * u[b] + (a == b ? across : 0);
                own[b] += s;
                other[b] += s;
                mixed[b] -= s;
            }
        }
    }
}
