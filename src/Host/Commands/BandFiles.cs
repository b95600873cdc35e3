using System.Globalization;
using Csp.Host.Reports;
using Csp.Physics.Phonons;

namespace Csp.Host.Commands;

/// <summary>A band structure as numbers and as a plot.</summary>
public static class BandFiles
{
    /// <summary><c>PREFIX.csv</c> (distance in 2 pi/Å, q, label, frequencies in cm^-1, negative = imaginary) and <c>PREFIX.svg</c>.</summary>
    public static void Write(string prefix, BandStructure bands)
    {
        int modes = bands.Frequencies[0].Length;
        File.WriteAllLines(prefix + ".csv",
        [
            $"distance,qx,qy,qz,label,{string.Join(',', Enumerable.Range(1, modes).Select(m => $"mode{m}"))}",
            .. bands.Points.Select((p, i) => string.Create(CultureInfo.InvariantCulture,
                $"{p.Distance:R},{p.Q.X:R},{p.Q.Y:R},{p.Q.Z:R},{p.Label},{string.Join(',', bands.Frequencies[i].Select(w => w.ToString("R", CultureInfo.InvariantCulture)))}")),
        ]);
        File.WriteAllText(prefix + ".svg", Plot(bands).ToSvg());
    }

    private static SvgPlot Plot(BandStructure bands)
    {
        SvgPlot plot = new("", "frequency, cm^-1 (negative = imaginary)");
        for (int mode = 0; mode < bands.Frequencies[0].Length; mode++)
            plot.Add("modes", bands.Points.Select((p, i) => (p.Distance, bands.Frequencies[i][mode])), line: true, dots: false);
        // Where the path jumps, two names stand at one place.
        foreach (IGrouping<double, BandPoint> place in bands.Points.Where(p => p.Label is not null).GroupBy(p => p.Distance))
            plot.Mark(place.Key, string.Join('|', place.Select(p => p.Label).Distinct()));
        return plot;
    }
}
