using System.Net;
using System.Text;

namespace Csp.Host.Reports;

/// <summary>A report as a sequence of parts, written as Markdown (plots as files beside it) or as one self-contained HTML page.</summary>
public sealed class ReportDocument(string title)
{
    private readonly List<Part> _parts = [];

    private enum Kind
    {
        Heading,
        Paragraph,
        Table,
        Plot,
    }

    public void Heading(string text) => _parts.Add(new Part(Kind.Heading, text));

    public void Paragraph(string text) => _parts.Add(new Part(Kind.Paragraph, text));

    public void Table(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows) => _parts.Add(new Part(Kind.Table, "") { Heads = heads, Rows = rows });

    /// <param name="name">File name without extension.</param>
    /// <param name="plot">What it shows.</param>
    public void Plot(string name, SvgPlot plot) => _parts.Add(new Part(Kind.Plot, name) { Svg = plot.ToSvg() });

    /// <summary>Writes <c>report.md</c>, its plots and <c>report.html</c> into a folder.</summary>
    public void Write(string folder)
    {
        StringBuilder text = new();
        text.Append("# ").Append(title).Append("\n\n");
        foreach (Part part in _parts)
        {
            switch (part.Kind)
            {
                case Kind.Heading:
                    text.Append("## ").Append(part.Text).Append("\n\n");
                    break;
                case Kind.Paragraph:
                    text.Append(part.Text).Append("\n\n");
                    break;
                case Kind.Table:
                    Row(part.Heads);
                    Row([.. part.Heads.Select(_ => "---")]);
                    foreach (IReadOnlyList<string> row in part.Rows)
                        Row(row);
                    text.Append('\n');
                    break;
                case Kind.Plot:
                    string file = $"report-{part.Text}.svg";
                    File.WriteAllText(Path.Combine(folder, file), part.Svg);
                    text.Append("![").Append(part.Text).Append("](").Append(file).Append(")\n\n");
                    break;
            }
        }
        File.WriteAllText(Path.Combine(folder, "report.md"), text.ToString());
        File.WriteAllText(Path.Combine(folder, "report.html"), Html());

        void Row(IReadOnlyList<string> cells) =>
            text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    private string Html()
    {
        StringBuilder html = new("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
        html.Append(Encode(title)).Append("</title><style>body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}table{border-collapse:collapse}th,td{padding:.25em .7em;border-bottom:1px solid #ddd;text-align:left}</style></head><body><h1>");
        html.Append(Encode(title)).Append("</h1>\n");
        foreach (Part part in _parts)
        {
            switch (part.Kind)
            {
                case Kind.Heading:
                    html.Append("<h2>").Append(Encode(part.Text)).Append("</h2>\n");
                    break;
                case Kind.Paragraph:
                    html.Append("<p>").Append(Encode(part.Text)).Append("</p>\n");
                    break;
                case Kind.Table:
                    html.Append("<table><tr>").AppendJoin("", part.Heads.Select(h => $"<th>{Encode(h)}</th>")).Append("</tr>\n");
                    foreach (IReadOnlyList<string> row in part.Rows)
                        html.Append("<tr>").AppendJoin("", row.Select(c => $"<td>{Encode(c)}</td>")).Append("</tr>\n");
                    html.Append("</table>\n");
                    break;
                case Kind.Plot:
                    html.Append(part.Svg).Append('\n');
                    break;
            }
        }
        return html.Append("</body></html>\n").ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private sealed record Part(Kind Kind, string Text)
    {
        public IReadOnlyList<string> Heads { get; init; } = [];

        public IReadOnlyList<IReadOnlyList<string>> Rows { get; init; } = [];

        public string Svg { get; init; } = "";
    }
}
