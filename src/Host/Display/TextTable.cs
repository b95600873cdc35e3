using System.Text;

namespace Csp.Host.Display;

/// <summary>A table as plain text: columns as wide as their content, numbers to the right.</summary>
public static class TextTable
{
    /// <summary>Lines without a trailing line end; columns whose cells all look like numbers are aligned to the right.</summary>
    public static string Format(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows, string indent = "")
    {
        int[] widths = [.. heads.Select((h, c) => Math.Max(Width(h), rows.Select(r => Width(r[c])).DefaultIfEmpty(0).Max()))];
        bool[] right = [.. heads.Select((_, c) => rows.Count > 0 && rows.All(r => LooksNumeric(r[c])))];
        StringBuilder text = new();
        Line(heads);
        text.Append(indent).AppendJoin("  ", widths.Select(w => new string('-', w))).Append('\n');
        foreach (IReadOnlyList<string> row in rows)
            Line(row);
        return text.ToString().TrimEnd('\n');

        void Line(IReadOnlyList<string> cells)
        {
            StringBuilder line = new(indent);
            for (int c = 0; c < cells.Count; c++)
            {
                string space = new(' ', widths[c] - Width(cells[c]));
                line.Append(right[c] ? space + cells[c] : cells[c] + space).Append(c + 1 < cells.Count ? "  " : "");
            }
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
    }

    private static int Width(string text) => new System.Globalization.StringInfo(text).LengthInTextElements;

    /// <summary>A number, alone or followed by a blank and anything (<c>95 %</c>, <c>-3.1 ± 0.2</c>); an empty cell and a dash count too.</summary>
    private static bool LooksNumeric(string cell)
    {
        if (cell is "" or "-")
            return true;
        int at = cell[0] is '+' or '-' ? 1 : 0;
        int digits = at;
        while (digits < cell.Length && (char.IsAsciiDigit(cell[digits]) || cell[digits] == '.'))
            digits++;
        return digits > at && (digits == cell.Length || cell[digits] == ' ');
    }
}
