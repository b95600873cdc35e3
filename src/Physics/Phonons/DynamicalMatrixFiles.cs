using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Sscha;

namespace Csp.Physics.Phonons;

/// <summary>
/// Quantum ESPRESSO's dynamical-matrix files (<c>PREFIX1</c>, <c>PREFIX2</c>, …), one per star of q points: force constants without masses in Ry/bohr^2, masses in
/// Rydberg units, lattice and positions in units of alat, q in 2π/alat. The established SSCHA and phonon tools read and write them.
/// </summary>
/// <param name="Cell">Unit cell, atoms at the centroids.</param>
/// <param name="Masses">Rydberg mass units, per atom.</param>
/// <param name="ForceConstants">Ry/bohr^2; its q points are in the order of the files.</param>
/// <param name="StarSizes">q points in each file.</param>
public sealed record DynamicalMatrixFiles(Crystal Cell, double[] Masses, BlochMatrix ForceConstants, int[] StarSizes)
{
    /// <summary>Writes one file per star; q and -q stand in the same star.</summary>
    /// <param name="prefix">Path up to the number.</param>
    /// <param name="angstromInBohr">Length conversion.</param>
    /// <exception cref="StructureFileException">A file cannot be written.</exception>
    public void Write(string prefix, double? angstromInBohr = null)
    {
        double bohr = angstromInBohr ?? SschaConstants.Default.AngstromInBohr;
        int first = 0;
        for (int star = 0; star < StarSizes.Length; star++)
        {
            string path = prefix + (star + 1).ToString(CultureInfo.InvariantCulture);
            try
            {
                File.WriteAllText(path, Format(first, StarSizes[star], bohr));
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                throw new StructureFileException(path, null, $"cannot be written: {failed.Message}", failed);
            }
            first += StarSizes[star];
        }
    }

    /// <summary>Force constants of a calculation, with the q points grouped by stars of its space group.</summary>
    public static DynamicalMatrixFiles Of(BlochMatrix phi, Crystal cell, double[] masses, CrystalSymmetry symmetry)
    {
        int[][] stars = symmetry.Stars();
        BlochBasis old = phi.Basis, basis = old.WithOrder([.. stars.SelectMany(s => s)]);
        return new DynamicalMatrixFiles(cell, masses, BlochMatrix.FromDynamical(basis, [.. stars.SelectMany(s => s).Select(phi.Dynamical)]), [.. stars.Select(s => s.Length)]);
    }

    /// <summary>Reads PREFIX1, PREFIX2, … until a number is missing. Only ibrav = 0, as the SSCHA tools write them.</summary>
    /// <exception cref="StructureFileException">Missing or malformed; or the q points are not those of a supercell.</exception>
    public static DynamicalMatrixFiles Read(string prefix, double? angstromInBohr = null)
    {
        double bohr = angstromInBohr ?? SschaConstants.Default.AngstromInBohr;
        List<(Vec3 Q, double[] Re, double[] Im)> matrices = [];
        List<int> stars = [];
        (Crystal Cell, double[] Masses)? header = null;
        for (int number = 1; ; number++)
        {
            string path = prefix + number.ToString(CultureInfo.InvariantCulture);
            if (!File.Exists(path))
                break;
            int before = matrices.Count;
            (Crystal cell, double[] masses) = DynamicalMatrixReader.Read(path, bohr, matrices);
            header ??= (cell, masses);
            stars.Add(matrices.Count - before);
        }
        if (header is not (Crystal first, double[] firstMasses))
            throw new StructureFileException(prefix + "1", null, "there is no such file");
        Vec3[] q = [.. matrices.Select(m => m.Q)];
        (int, int, int) size = (Denominator(q, 0), Denominator(q, 1), Denominator(q, 2));
        if (size.Item1 * size.Item2 * size.Item3 != q.Length)
            throw new StructureFileException(prefix + "1", null, $"the {q.Length} q points of these files are not all those of a supercell");
        try
        {
            BlochBasis basis = BlochBasis.Standard(size, first.Count, q);
            return new DynamicalMatrixFiles(first, firstMasses, BlochMatrix.FromDynamical(basis, [.. matrices.Select(m => (m.Re, m.Im))]), [.. stars]);
        }
        catch (SschaException wrong)
        {
            throw new StructureFileException(prefix + "1", null, wrong.Message, wrong);
        }
    }

    /// <summary>The smallest whole number that makes one component of all q points whole.</summary>
    private static int Denominator(Vec3[] points, int axis)
    {
        for (int n = 1; n <= points.Length; n++)
        {
            if (points.All(q => Math.Abs(q[axis] * n - Math.Round(q[axis] * n)) < 1e-4))
                return n;
        }
        return 1;
    }

    private string Format(int first, int count, double bohr)
    {
        // alat is 1 Å.
        (Element Element, double Mass)[] types = [.. Cell.Elements.Zip(Masses).Distinct()];
        StringBuilder text = new();
        text.Append("Dynamical matrix file\nForce constants without masses\n");
        text.Append(CultureInfo.InvariantCulture, $"{types.Length} {Cell.Count} 0 {bohr,22:F16} {0.0,22:F16} {0.0,22:F16} {0.0,22:F16} {0.0,22:F16} {0.0,22:F16}\nBasis vectors\n");
        for (int i = 0; i < 3; i++)
            text.Append(CultureInfo.InvariantCulture, $"{Cell.Lattice[i, 0],22:F16}{Cell.Lattice[i, 1],22:F16}{Cell.Lattice[i, 2],22:F16}\n");
        for (int t = 0; t < types.Length; t++)
            text.Append(CultureInfo.InvariantCulture, $"\t{t + 1}  '{types[t].Element.Symbol,-3}'  {types[t].Mass:F16}\n");
        for (int s = 0; s < Cell.Count; s++)
        {
            Vec3 x = Cell.PositionOf(s);
            int type = Array.IndexOf(types, (Cell.Elements[s], Masses[s]));
            text.Append(CultureInfo.InvariantCulture, $"{s + 1,5}{type + 1,5}{x.X,23:F16}{x.Y,23:F16}{x.Z,23:F16}\n");
        }
        Mat3 reciprocal = Cell.Lattice.Inverse.Transpose;
        int bands = ForceConstants.Basis.Bands;
        for (int q = first; q < first + count; q++)
        {
            Vec3 point = ForceConstants.Basis.QPoint(q) * reciprocal;
            text.Append(CultureInfo.InvariantCulture, $"\n     Dynamical  Matrix in cartesian axes\n\n     q = ( {point.X,18:F12}{point.Y,18:F12}{point.Z,18:F12} )\n\n");
            (double[] re, double[] im) = ForceConstants.Dynamical(q);
            for (int st = 0; st < Cell.Count * Cell.Count; st++)
            {
                (int s, int t) = (st / Cell.Count, st % Cell.Count);
                text.Append(CultureInfo.InvariantCulture, $"{s + 1,5}{t + 1,5}\n");
                for (int ab = 0; ab < 9; ab++)
                {
                    int k = (3 * s + ab / 3) * bands + 3 * t + ab % 3;
                    text.Append(CultureInfo.InvariantCulture, $"{re[k],23:F16}{im[k],23:F16}{(ab % 3 == 2 ? "\n" : "  ")}");
                }
            }
        }
        return text.ToString();
    }
}
