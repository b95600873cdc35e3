using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Sscha;

/// <summary>
/// How the space group acts on displacements of a supercell. An operation takes atom (κ, R) to (κ', W R + L_κ) and so
/// (T u)_κ'(q') = exp(-2πi q'·L_κ) C u_κ(Wᵀq') with the Cartesian rotation C. Only operations that map the supercell lattice onto itself are kept; they form a group.
/// </summary>
public sealed class CrystalSymmetry
{
    private readonly BlochBasis _basis;
    private readonly Action[] _actions;

    private CrystalSymmetry(BlochBasis basis, Action[] actions) => (_basis, _actions) = (basis, actions);

    /// <summary>Number of operations in use.</summary>
    public int Order => _actions.Length;

    /// <summary>Cartesian rotations of the operations in use.</summary>
    public IEnumerable<Mat3> Rotations => _actions.Select(a => a.Rotation);

    internal IReadOnlyList<Action> Actions => _actions;

    /// <summary>The operations of a list that map the crystal onto itself and the supercell lattice onto itself.</summary>
    /// <param name="basis">The supercell.</param>
    /// <param name="cell">The unit cell.</param>
    /// <param name="operations">On fractional columns; the identity is added when it is missing.</param>
    /// <param name="tolerance">Å.</param>
    public static CrystalSymmetry Of(BlochBasis basis, Crystal cell, IEnumerable<SymmetryOperation> operations, double tolerance)
    {
        List<Action> actions = [];
        foreach (SymmetryOperation operation in operations)
        {
            if (TryAction(basis, cell, operation, tolerance) is { } action)
                actions.Add(action);
        }
        if (actions.Count == 0)
            actions.Add(TryAction(basis, cell, SymmetryOperation.Identity, tolerance)!);
        return new CrystalSymmetry(basis, [.. actions]);
    }

    /// <summary>Average over the group; with <paramref name="acousticSumRule"/> uniform translations are projected out afterwards (P D(Γ) P).</summary>
    public BlochMatrix Symmetrize(BlochMatrix matrix, bool acousticSumRule)
    {
        int bands = _basis.Bands;
        (double[] Re, double[] Im)[] source = new (double[], double[])[_basis.Cells];
        for (int q = 0; q < source.Length; q++)
            source[q] = matrix.Dynamical(q);
        int gamma = _basis.WaveAt(0, 0, 0);
        return Spread(q =>
        {
            (double[] Re, double[] Im) sum = (new double[bands * bands], new double[bands * bands]);
            foreach (Action action in _actions)
                AddRotated(action, q, source[action.SourceOf[q]], sum, 1.0 / Order);
            if (q == gamma && acousticSumRule)
                ProjectTranslations(sum.Re);
            return sum;
        });
    }

    /// <summary>Asks for D(q) at one q of each star and rotates it to the others, with D(-q) = D(q)* by time reversal.</summary>
    internal BlochMatrix Spread(Func<int, (double[] Re, double[] Im)> ofRepresentative)
    {
        int bands = _basis.Bands;
        (double[] Re, double[] Im)[] target = new (double[], double[])[_basis.Cells];
        for (int q = 0; q < target.Length; q++)
        {
            if (target[q].Re is not null)
                continue;
            (double[] Re, double[] Im) representative = ofRepresentative(q);
            target[q] = representative;
            foreach (Action action in _actions)
            {
                int member = action.TargetOf[q];
                if (target[member].Re is null)
                {
                    target[member] = (new double[bands * bands], new double[bands * bands]);
                    AddRotated(action, member, representative, target[member], 1);
                }
                int opposite = _basis.Minus[member];
                if (target[opposite].Re is null)
                    target[opposite] = ((double[])target[member].Re.Clone(), Array.ConvertAll(target[member].Im, x => -x));
            }
        }
        return BlochMatrix.FromDynamical(_basis, target);
    }

    /// <summary>Average of Cartesian vectors, one per unit-cell atom, shape [3n]; a uniform part is kept where the group allows it.</summary>
    public double[] SymmetrizeVectors(ReadOnlySpan<double> vectors)
    {
        double[] result = new double[vectors.Length];
        foreach (Action action in _actions)
        {
            for (int s = 0; s < _basis.CellAtoms; s++)
            {
                Vec3 rotated = action.Rotation * Vec3.At(vectors, s);
                int target = action.AtomTo[s];
                (Vec3.At(result, target) + rotated * (1.0 / Order)).Store(result, target);
            }
        }
        return result;
    }

    /// <summary>The q points, grouped by stars; -q belongs to the star of q.</summary>
    public int[][] Stars()
    {
        List<int[]> stars = [];
        bool[] seen = new bool[_basis.Cells];
        for (int q = 0; q < seen.Length; q++)
        {
            if (seen[q])
                continue;
            int[] star = [.. _actions.SelectMany(a => (int[])[a.TargetOf[q], _basis.Minus[a.TargetOf[q]]]).Distinct()];
            foreach (int member in star)
                seen[member] = true;
            stars.Add(star);
        }
        return [.. stars];
    }

    /// <summary>Per unit-cell atom: the first atom that the operations in use take it to.</summary>
    public int[] Orbits() => [.. Enumerable.Range(0, _basis.CellAtoms).Select(s => _actions.Min(a => a.AtomTo[s]))];

    /// <summary>The error of <see cref="Symmetrize(Mat3)"/> when the elements of the tensor have independent errors.</summary>
    public Mat3 SymmetrizeError(Mat3 error)
    {
        double[] variance = new double[9];
        for (int kl = 0; kl < 9; kl++)
        {
            double[] unit = new double[9];
            unit[kl] = 1;
            double[] image = Symmetrize(Mat3.FromSpan(unit)).ToArray();
            for (int ij = 0; ij < 9; ij++)
                variance[ij] += image[ij] * image[ij] * error[kl / 3, kl % 3] * error[kl / 3, kl % 3];
        }
        return Mat3.FromSpan(Array.ConvertAll(variance, Math.Sqrt));
    }

    /// <summary>Average of a Cartesian tensor.</summary>
    public Mat3 Symmetrize(Mat3 tensor)
    {
        Mat3 sum = Mat3.Zero;
        foreach (Action action in _actions)
            sum += action.Rotation * tensor * action.Rotation.Transpose;
        return 1.0 / Order * sum;
    }

    /// <summary>P D P with P = 1 - (uniform translations), for D(Γ).</summary>
    internal void ProjectTranslations(Span<double> matrix)
    {
        int bands = _basis.Bands, atoms = _basis.CellAtoms;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int line = 0; line < bands; line++)
            {
                for (int axis = 0; axis < 3; axis++)
                {
                    double mean = 0;
                    for (int s = 0; s < atoms; s++)
                        mean += matrix[pass == 0 ? line * bands + 3 * s + axis : (3 * s + axis) * bands + line] / atoms;
                    for (int s = 0; s < atoms; s++)
                        matrix[pass == 0 ? line * bands + 3 * s + axis : (3 * s + axis) * bands + line] -= mean;
                }
            }
        }
    }

    private static Action? TryAction(BlochBasis basis, Crystal cell, SymmetryOperation operation, double tolerance)
    {
        IntMat3 rotation = operation.Rotation;
        int atoms = cell.Count;
        int[] atomTo = new int[atoms];
        (int X, int Y, int Z)[] shift = new (int, int, int)[atoms];
        bool[] hit = new bool[atoms];
        for (int s = 0; s < atoms; s++)
        {
            Vec3 image = operation.Apply(cell.FractionalOf(s));
            int found = -1;
            for (int t = 0; t < atoms && found < 0; t++)
            {
                if (hit[t] || cell.Elements[t] != cell.Elements[s])
                    continue;
                Vec3 d = image - cell.FractionalOf(t);
                Vec3 whole = new(Math.Round(d.X), Math.Round(d.Y), Math.Round(d.Z));
                if (((d - whole) * cell.Lattice).Norm < tolerance)
                {
                    found = t;
                    shift[s] = ((int)whole.X, (int)whole.Y, (int)whole.Z);
                }
            }
            if (found < 0)
                return null;
            hit[found] = true;
            atomTo[s] = found;
        }

        int[] sourceOf = new int[basis.Cells], targetOf = new int[basis.Cells];
        for (int q = 0; q < basis.Cells; q++)
        {
            // q = Wᵀ q'; in numerators the components mix with ratios of the supercell sizes.
            (int x, int y, int z) = basis.Waves[q];
            (int a, int b, int c) = basis.Size;
            long[] v = new long[3];
            for (int j = 0; j < 3; j++)
            {
                int size = j == 0 ? a : j == 1 ? b : c;
                long numerator = ((long)rotation[0, j] * x * b * c + (long)rotation[1, j] * y * a * c + (long)rotation[2, j] * z * a * b) * size;
                if (numerator % ((long)a * b * c) != 0)
                    return null;
                v[j] = numerator / ((long)a * b * c);
            }
            int source = basis.WaveAt((int)v[0], (int)v[1], (int)v[2]);
            sourceOf[q] = source;
            targetOf[source] = q;
        }

        (double Cos, double Sin)[] phases = new (double, double)[basis.Cells * atoms];
        for (int q = 0; q < basis.Cells; q++)
        {
            for (int s = 0; s < atoms; s++)
            {
                double angle = -2 * Math.PI * basis.Phase(q, shift[s].X, shift[s].Y, shift[s].Z);
                phases[q * atoms + s] = (Math.Cos(angle), Math.Sin(angle));
            }
        }
        return new Action(operation.CartesianRotation(cell.Lattice), atomTo, sourceOf, targetOf, phases);
    }

    /// <summary>target(q') += weight · Γ D(q) Γ†.</summary>
    private void AddRotated(Action action, int qTo, (double[] Re, double[] Im) source, (double[] Re, double[] Im) target, double weight)
    {
        int atoms = _basis.CellAtoms, bands = _basis.Bands;
        Mat3 c = action.Rotation;
        Span<double> rotation = [c.XX, c.XY, c.XZ, c.YX, c.YY, c.YZ, c.ZX, c.ZY, c.ZZ];
        Span<double> re = stackalloc double[9], im = stackalloc double[9];
        bool complex = source.Im.AsSpan().ContainsAnyExcept(0);
        for (int s = 0; s < atoms; s++)
        {
            (double cs, double ss) = action.Phases[qTo * atoms + s];
            for (int t = 0; t < atoms; t++)
            {
                (double ct, double st) = action.Phases[qTo * atoms + t];
                double pr = weight * (cs * ct + ss * st), pi = weight * (ss * ct - cs * st);
                Sandwich(rotation, source.Re, 3 * s * bands + 3 * t, bands, re);
                if (complex)
                    Sandwich(rotation, source.Im, 3 * s * bands + 3 * t, bands, im);
                int at = 3 * action.AtomTo[s] * bands + 3 * action.AtomTo[t];
                for (int i = 0; i < 3; i++)
                {
                    for (int j = 0; j < 3; j++)
                    {
                        int index = at + i * bands + j, k = 3 * i + j;
                        target.Re[index] += pr * re[k] - pi * im[k];
                        target.Im[index] += pr * im[k] + pi * re[k];
                    }
                }
            }
        }
    }

    /// <summary>C d Cᵀ of one 3x3 block.</summary>
    private static void Sandwich(ReadOnlySpan<double> c, double[] d, int at, int stride, Span<double> result)
    {
        ReadOnlySpan<double> r0 = d.AsSpan(at, 3), r1 = d.AsSpan(at + stride, 3), r2 = d.AsSpan(at + 2 * stride, 3);
        for (int i = 0; i < 3; i++)
        {
            double c0 = c[3 * i], c1 = c[3 * i + 1], c2 = c[3 * i + 2];
            double x = c0 * r0[0] + c1 * r1[0] + c2 * r2[0], y = c0 * r0[1] + c1 * r1[1] + c2 * r2[1], z = c0 * r0[2] + c1 * r1[2] + c2 * r2[2];
            result[3 * i] = x * c[0] + y * c[1] + z * c[2];
            result[3 * i + 1] = x * c[3] + y * c[4] + z * c[5];
            result[3 * i + 2] = x * c[6] + y * c[7] + z * c[8];
        }
    }

    /// <summary>One operation, resolved for the atoms and q points of a supercell.</summary>
    /// <param name="Rotation">Cartesian.</param>
    /// <param name="AtomTo">κ → κ'.</param>
    /// <param name="SourceOf">q' → q = Wᵀq'.</param>
    /// <param name="TargetOf">q → q'.</param>
    /// <param name="Phases">exp(-2πi q'·L_κ), shape [q', κ].</param>
    internal sealed record Action(Mat3 Rotation, int[] AtomTo, int[] SourceOf, int[] TargetOf, (double Cos, double Sin)[] Phases);
}
