using System.Globalization;
using System.Net;
using System.Text;

namespace Csp.Host.Reports;

/// <summary>Points or lines over two linear axes, as SVG. Points that are not finite are left out.</summary>
public sealed class SvgPlot(string xLabel, string yLabel)
{
    private const double Width = 640, Height = 400, Left = 70, Right = 20, Top = 16, Bottom = 52;
    private static readonly string[] Colours = ["#1f4e9e", "#c0504d", "#4f8f3a", "#8064a2"];
    private readonly List<(string Name, (double X, double Y)[] Points, bool Line, bool Dots, int Colour)> _series = [];
    private readonly List<(double X, string Label)> _marks = [];

    /// <param name="name">In the legend; series that follow each other with the same name share colour and entry.</param>
    /// <param name="points">Any order.</param>
    /// <param name="line">Join the points.</param>
    /// <param name="dots">Draw the points.</param>
    public void Add(string name, IEnumerable<(double X, double Y)> points, bool line = false, bool dots = true)
    {
        int colour = _series.Count == 0 ? 0 : _series[^1].Name == name ? _series[^1].Colour : _series[^1].Colour + 1;
        _series.Add((name, [.. points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))], line, dots, colour));
    }

    /// <summary>A named vertical line; as soon as there is one, the x axis has no numbers.</summary>
    public void Mark(double x, string label) => _marks.Add((x, label));

    public string ToSvg()
    {
        Axis x = Axis.Of(_series.SelectMany(s => s.Points.Select(p => p.X)), Left, Width - Right);
        Axis y = Axis.Of(_series.SelectMany(s => s.Points.Select(p => p.Y)), Height - Bottom, Top);
        StringBuilder svg = new();
        svg.Append(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" font-family=\"system-ui,sans-serif\" font-size=\"12\">"));
        svg.Append(Text($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/><path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"black\"/>"));
        foreach ((double mark, string label) in _marks)
            svg.Append(Text($"<path d=\"M{x.At(mark):0.##} {Top}V{Height - Bottom}\" stroke=\"#bbb\"/><text x=\"{x.At(mark):0.##}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(label)}</text>"));
        foreach (double tick in _marks.Count > 0 ? [] : x.Ticks)
            svg.Append(Text($"<path d=\"M{x.At(tick):0.##} {Height - Bottom}v5\" stroke=\"black\"/><text x=\"{x.At(tick):0.##}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{tick:G6}</text>"));
        foreach (double tick in y.Ticks)
            svg.Append(Text($"<path d=\"M{Left} {y.At(tick):0.##}h-5\" stroke=\"black\"/><text x=\"{Left - 8}\" y=\"{y.At(tick) + 4:0.##}\" text-anchor=\"end\">{tick:G6}</text>"));
        svg.Append(Text($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 14}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(xLabel)}</text>"));
        svg.Append(Text($"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{WebUtility.HtmlEncode(yLabel)}</text>"));
        for (int i = 0; i < _series.Count; i++)
            Draw(svg, i, x, y);
        return svg.Append("</svg>").ToString();
    }

    private void Draw(StringBuilder svg, int i, Axis x, Axis y)
    {
        (string name, (double X, double Y)[] points, bool line, bool dots, int number) = _series[i];
        string colour = Colours[number % Colours.Length];
        if (line && points.Length > 1)
        {
            string path = string.Join(' ', points.Select(p => Text($"{x.At(p.X):0.##},{y.At(p.Y):0.##}")));
            svg.Append(Text($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\"/>"));
        }
        foreach ((double px, double py) in dots ? points : [])
            svg.Append(Text($"<circle cx=\"{x.At(px):0.##}\" cy=\"{y.At(py):0.##}\" r=\"3\" fill=\"{colour}\" fill-opacity=\"0.7\"/>"));
        if (i == 0 || _series[i - 1].Colour != number)
            svg.Append(Text($"<circle cx=\"{Width - Right - 150}\" cy=\"{Top + 10 + 16 * number}\" r=\"4\" fill=\"{colour}\"/><text x=\"{Width - Right - 140}\" y=\"{Top + 14 + 16 * number}\">{WebUtility.HtmlEncode(name)}</text>"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Axis(double Min, double Max, double From, double To)
    {
        public static Axis Of(IEnumerable<double> values, double from, double to)
        {
            double[] all = [.. values];
            (double min, double max) = all.Length == 0 ? (0, 1) : (all.Min(), all.Max());
            double margin = max > min ? 0.05 * (max - min) : Math.Max(1e-3, 0.05 * Math.Abs(max));
            return new Axis(min - margin, max + margin, from, to);
        }

        public double At(double value) => From + (value - Min) / (Max - Min) * (To - From);

        /// <summary>About six round numbers (1, 2 or 5 times a power of ten apart).</summary>
        public IEnumerable<double> Ticks
        {
            get
            {
                double raw = (Max - Min) / 6, power = Math.Pow(10, Math.Floor(Math.Log10(raw))), ratio = raw / power;
                double step = power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
                for (double k = Math.Ceiling(Min / step); k * step <= Max; k++)
                    yield return k * step;
            }
        }
    }
}
