using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Physics.Phonons;

/// <summary>Reads one dynamical-matrix file; numbers are taken word by word, so column widths do not matter.</summary>
internal sealed class DynamicalMatrixReader
{
    private readonly string _path;
    private readonly string[] _lines;
    private int _at;

    private DynamicalMatrixReader(string path)
    {
        _path = path;
        try
        {
            _lines = File.ReadAllLines(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StructureFileException(path, null, $"cannot be read: {failed.Message}", failed);
        }
    }

    /// <summary>Appends the matrices of the file, q in fractions of the reciprocal lattice, and returns cell and masses.</summary>
    public static (Crystal Cell, double[] Masses) Read(string path, double angstromInBohr, List<(Vec3 Q, double[] Re, double[] Im)> matrices) =>
        new DynamicalMatrixReader(path).ReadAll(angstromInBohr, matrices);

    private (Crystal Cell, double[] Masses) ReadAll(double angstromInBohr, List<(Vec3 Q, double[] Re, double[] Im)> matrices)
    {
        _at = 2;
        double[] counts = Numbers(4);
        (int types, int atoms, int ibrav) = ((int)counts[0], (int)counts[1], (int)counts[2]);
        if (ibrav != 0)
            throw Wrong($"ibrav = {ibrav}; only files with the lattice vectors written out (ibrav = 0) are read");
        if (types < 1 || atoms < 1 || atoms > 10000)
            throw Wrong("the numbers of types and atoms make no sense");
        double alat = counts[3] / angstromInBohr;
        Line();
        Mat3 lattice = Mat3.FromRows(Vector(alat), Vector(alat), Vector(alat));
        (Element Element, double Mass)[] kinds = new (Element, double)[types];
        for (int t = 0; t < types; t++)
        {
            string line = Line();
            string[] parts = line.Split('\'');
            if (parts.Length < 3 || !double.TryParse(parts[2].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double mass))
                throw Wrong($"'{line.Trim()}' is not a number, a quoted element and a mass");
            kinds[t] = (Element.TryFromSymbol(parts[1].Trim()) ?? throw Wrong($"'{parts[1].Trim()}' is not an element that Csp knows"), mass);
        }
        int[] typeOf = new int[atoms];
        double[] positions = new double[3 * atoms];
        for (int s = 0; s < atoms; s++)
        {
            double[] row = Numbers(5);
            typeOf[s] = (int)row[1] - 1;
            if (typeOf[s] < 0 || typeOf[s] >= types)
                throw Wrong($"there is no atom type {row[1]}");
            new Vec3(row[2] * alat, row[3] * alat, row[4] * alat).Store(positions, s);
        }
        Crystal cell = Crystal.FromCartesian(lattice, [.. typeOf.Select(t => kinds[t].Element)], positions);
        int found = 0;
        while (SkipTo("q = ("))
        {
            string inside = _lines[_at - 1];
            double[] q = Split(inside[(inside.IndexOf('(') + 1)..].TrimEnd().TrimEnd(')'));
            if (q.Length != 3)
                throw Wrong("a wave vector needs three numbers");
            // Cartesian, 2π/alat; the fraction along reciprocal vector i is q·a_i.
            Vec3 fraction = lattice * (new Vec3(q[0], q[1], q[2]) * (1 / alat));
            if (_lines.Skip(_at).FirstOrDefault(l => l.Trim().Length > 0) is not { } next || Split(next).Length != 2)
                break;
            double[] re = new double[9 * atoms * atoms], im = new double[9 * atoms * atoms];
            for (int block = 0; block < atoms * atoms; block++)
            {
                double[] pair = Numbers(2);
                (int s, int t) = ((int)pair[0] - 1, (int)pair[1] - 1);
                if (s < 0 || s >= atoms || t < 0 || t >= atoms)
                    throw Wrong($"there is no pair of atoms {pair[0]}, {pair[1]}");
                for (int a = 0; a < 3; a++)
                {
                    double[] row = Numbers(6);
                    for (int b = 0; b < 3; b++)
                        (re[(3 * s + a) * 3 * atoms + 3 * t + b], im[(3 * s + a) * 3 * atoms + 3 * t + b]) = (row[2 * b], row[2 * b + 1]);
                }
            }
            matrices.Add((fraction, re, im));
            found++;
        }
        if (found == 0)
            throw Wrong("the file holds no dynamical matrix");
        return (cell, [.. typeOf.Select(t => kinds[t].Mass)]);
    }

    private bool SkipTo(string mark)
    {
        while (_at < _lines.Length)
        {
            if (_lines[_at++].Contains(mark, StringComparison.Ordinal))
                return true;
            if (_lines[_at - 1].Contains("Diagonalizing", StringComparison.Ordinal))
                return false;
        }
        return false;
    }

    private string Line() => _at < _lines.Length ? _lines[_at++] : throw Wrong("the file ends too early");

    private Vec3 Vector(double scale)
    {
        double[] v = Numbers(3);
        return new Vec3(v[0] * scale, v[1] * scale, v[2] * scale);
    }

    private double[] Numbers(int atLeast)
    {
        string line = Line();
        while (line.Trim().Length == 0)
            line = Line();
        double[] numbers = Split(line);
        return numbers.Length >= atLeast ? numbers : throw Wrong($"{atLeast} numbers were expected in '{line.Trim()}'");
    }

    private static double[] Split(string line)
    {
        List<double> numbers = [];
        foreach (string word in line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!double.TryParse(word.Replace('D', 'E'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                break;
            numbers.Add(value);
        }
        return [.. numbers];
    }

    private StructureFileException Wrong(string what) => new(_path, _at, what);
}
