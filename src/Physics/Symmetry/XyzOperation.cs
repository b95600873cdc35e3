using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.Symmetry;

/// <summary>Symmetry operations as text, e.g. <c>-y,x-y,z+1/3</c> (International Tables A, "general position").</summary>
public static class XyzOperation
{
    /// <exception cref="FormatException">Not three sums of x, y, z and fractions.</exception>
    public static SymmetryOperation Parse(string text)
    {
        string[] parts = text.Split(',');
        if (parts.Length != 3)
            throw new FormatException($"'{text}' is not a symmetry operation such as '-y,x-y,z+1/3'");
        Span<int> rotation = stackalloc int[9];
        rotation.Clear();
        Span<double> translation = stackalloc double[3];
        for (int i = 0; i < 3; i++)
            translation[i] = Component(parts[i], rotation.Slice(3 * i, 3), text);
        IntMat3 w = IntMat3.FromSpan(rotation);
        return w.Determinant is 1 or -1
            ? new SymmetryOperation(w, new Vec3(translation[0], translation[1], translation[2]))
            : throw new FormatException($"'{text}' is not a symmetry operation: its rotation has determinant {w.Determinant}");
    }

    /// <summary>The operation as text, translations as fractions with denominators up to 24 where they are, else as decimals.</summary>
    public static string Format(SymmetryOperation operation)
    {
        StringBuilder text = new();
        for (int i = 0; i < 3; i++)
        {
            if (i > 0)
                text.Append(',');
            int start = text.Length;
            for (int j = 0; j < 3; j++)
            {
                int n = operation.Rotation[i, j];
                if (n == 0)
                    continue;
                text.Append(n < 0 ? "-" : text.Length > start ? "+" : "");
                if (n is not (1 or -1))
                    text.Append(CultureInfo.InvariantCulture, $"{Math.Abs(n)}*");
                text.Append("xyz"[j]);
            }
            text.Append(Fraction(operation.Translation[i]));
        }
        return text.ToString();
    }

    private static string Fraction(double t)
    {
        for (int denominator = 1; denominator <= 24; denominator++)
        {
            int numerator = (int)Math.Round(t * denominator);
            if (Math.Abs(t * denominator - numerator) > 1e-5)
                continue;
            if (numerator == 0)
                return "";
            string sign = numerator > 0 ? "+" : "-";
            return denominator == 1 ? $"{sign}{Math.Abs(numerator)}" : $"{sign}{Math.Abs(numerator)}/{denominator}";
        }
        return t.ToString("+0.0###############;-0.0###############", CultureInfo.InvariantCulture);
    }

    private static double Component(string part, Span<int> row, string whole)
    {
        double translation = 0;
        int i = 0;
        bool any = false;
        while (true)
        {
            while (i < part.Length && (char.IsWhiteSpace(part[i]) || part[i] == '*'))
                i++;
            if (i == part.Length)
                break;
            int sign = 1;
            if (part[i] is '+' or '-')
            {
                sign = part[i] == '-' ? -1 : 1;
                i++;
                while (i < part.Length && char.IsWhiteSpace(part[i]))
                    i++;
            }
            else if (any)
            {
                throw new FormatException($"'{whole}' is not a symmetry operation: a sign is missing in '{part.Trim()}'");
            }
            double value = Magnitude(part, ref i, whole);
            while (i < part.Length && (part[i] == '*' || char.IsWhiteSpace(part[i])))
                i++;
            int axis = i < part.Length ? "xyz".IndexOf(char.ToLowerInvariant(part[i])) : -1;
            if (axis >= 0)
            {
                i++;
                double n = double.IsNaN(value) ? 1 : value;
                if (n != Math.Round(n) || n > 9)
                    throw new FormatException($"'{whole}' is not a symmetry operation: {n} times an axis");
                row[axis] += sign * (int)n;
            }
            else if (!double.IsNaN(value))
            {
                translation += sign * value;
            }
            else
            {
                throw new FormatException($"'{whole}' is not a symmetry operation such as '-y,x-y,z+1/3'");
            }
            any = true;
        }
        return any ? translation : throw new FormatException($"'{whole}' is not a symmetry operation: a component is empty");
    }

    /// <summary>A number or fraction at the place, or NaN when there is none.</summary>
    private static double Magnitude(string part, ref int i, string whole)
    {
        int start = i;
        while (i < part.Length && (char.IsAsciiDigit(part[i]) || part[i] is '.' or '/'))
            i++;
        if (i == start)
            return double.NaN;
        string[] fraction = part[start..i].Split('/');
        double denominator = 1;
        if (fraction.Length > 2
            || !double.TryParse(fraction[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double numerator)
            || fraction.Length == 2 && (!double.TryParse(fraction[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out denominator) || denominator == 0)
            || !double.IsFinite(numerator / denominator))
        {
            throw new FormatException($"'{whole}' is not a symmetry operation: '{part[start..i]}' is not a fraction");
        }
        return numerator / denominator;
    }
}
