using System.Globalization;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Evaluation;

/// <summary>Predictions over labels, three panels side by side: energies per atom, force components, stress components.</summary>
public static class ParityPlot
{
    private const int Panel = 420;
    private const int Left = 58;
    private const int Top = 34;
    private const int Side = 340;
    private const int Blue = 0x1F4E9E;
    private const int Grey = 0x9A9A9A;

    /// <summary>A PNG file of 1260 × 420 pixels; panels without any label stay empty.</summary>
    /// <param name="frames">Labels.</param>
    /// <param name="answers">Predictions, in the same order.</param>
    public static byte[] Png(IReadOnlyList<Frame> frames, IReadOnlyList<PotentialResult> answers)
    {
        List<(double Label, double Model)> energies = [], forces = [], stresses = [];
        for (int i = 0; i < frames.Count; i++)
        {
            Frame frame = frames[i];
            if (frame.Energy is double energy)
                energies.Add((energy / frame.Crystal.Count, answers[i].Energy / frame.Crystal.Count));
            if (frame.Forces is double[] f)
                forces.AddRange(f.Zip(answers[i].Forces));
            if (frame.Stress is Mat3 stress)
                stresses.AddRange(stress.ToArray().Zip(answers[i].Stress.ToArray(), (a, b) => (a * Units.EvPerCubicAngstromInGPa, b * Units.EvPerCubicAngstromInGPa)));
        }
        Canvas canvas = new(3 * Panel, Panel);
        Draw(canvas, 0, "energy", "eV/atom", energies);
        Draw(canvas, Panel, "forces", "eV/Å", forces);
        Draw(canvas, 2 * Panel, "stress", "GPa", stresses);
        return canvas.ToPng();
    }

    private static void Draw(Canvas canvas, int x0, string title, string unit, List<(double Label, double Model)> points)
    {
        int left = x0 + Left, bottom = Top + Side;
        points.RemoveAll(p => !double.IsFinite(p.Label) || !double.IsFinite(p.Model));
        if (points.Count == 0)
        {
            canvas.Text(left, 10, $"{title}: no labels");
            return;
        }
        double low = points.Min(p => Math.Min(p.Label, p.Model)), high = points.Max(p => Math.Max(p.Label, p.Model));
        double margin = 0.04 * (high - low) + 1e-9 * (1 + Math.Abs(high));
        (low, high) = (low - margin, high + margin);
        double step = Step(high - low);
        for (double tick = Math.Ceiling(low / step) * step; tick <= high; tick += step)
        {
            int at = (int)Math.Round(Side * (tick - low) / (high - low));
            canvas.Line(left + at, bottom, left + at, bottom + 4, 0);
            canvas.Line(left - 4, bottom - at, left, bottom - at, 0);
            string text = Label(tick, step);
            canvas.Text(left + at - text.Length * Font5x7.Advance / 2, bottom + 8, text);
            canvas.Text(left - 6 - text.Length * Font5x7.Advance, bottom - at - 3, text);
        }
        canvas.Line(left, bottom, left + Side, Top, Grey);

        // Many points make a dark cloud whatever their number.
        double opacity = Math.Clamp(40 / Math.Sqrt(points.Count), 0.15, 0.9);
        foreach ((double label, double model) in points)
        {
            int x = left + (int)Math.Round(Side * (label - low) / (high - low)), y = bottom - (int)Math.Round(Side * (model - low) / (high - low));
            for (int dx = -1; dx <= 1; dx++)
            {
                for (int dy = -1; dy <= 1; dy++)
                    canvas.Dot(x + dx, y + dy, Blue, opacity);
            }
        }
        canvas.Line(left, Top, left, bottom, 0);
        canvas.Line(left, bottom, left + Side, bottom, 0);
        canvas.Line(left + Side, Top, left + Side, bottom, 0);
        canvas.Line(left, Top, left + Side, Top, 0);
        double root = Math.Sqrt(points.Average(p => (p.Model - p.Label) * (p.Model - p.Label)));
        canvas.Text(left, 10, string.Create(CultureInfo.InvariantCulture, $"{title} ({unit}), model over label"));
        canvas.Text(left, 21, string.Create(CultureInfo.InvariantCulture, $"RMSE {root:0.####}, {points.Count} points"));
    }

    /// <summary>1, 2 or 5 times a power of ten, for about four ticks.</summary>
    private static double Step(double range)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(range / 4))), rest = range / 4 / power;
        return power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
    }

    private static string Label(double tick, double step)
    {
        int decimals = Math.Clamp((int)-Math.Floor(Math.Log10(step) + 1e-9), 0, 6);
        return Math.Round(tick, decimals).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
