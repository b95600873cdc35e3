using System.Buffers.Binary;
using System.IO.Compression;
using Csp.Learning.Evaluation;
using Csp.Learning.Tests.Architectures;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;
using Xunit;

namespace Csp.Learning.Tests.Evaluation;

public class EvaluationSpecs
{
    private static readonly Crystal Two = new(Mat3.Diagonal(2, 2, 2), [TestCrystals.H, TestCrystals.S], [0, 0, 0, 0.5, 0.5, 0.5]);

    [Fact]
    public void Errors_are_counted_per_atom_component_and_group()
    {
        const double gpa = 1 / Units.EvPerCubicAngstromInGPa;
        Frame[] frames =
        [
            new(Two, -4, [1, 0, 0, -1, 0, 0], -20 * gpa * Mat3.Identity),
            new(Two, -3, [0, 0, 0, 0, 0, 0], -120 * gpa * Mat3.Identity),
            new(new Crystal(Mat3.Identity, [TestCrystals.H], [0, 0, 0])),
        ];
        PotentialResult[] answers =
        [
            new(-4.02, [1.3, 0, 0, -1, 0, 0], -20 * gpa * Mat3.Identity),
            new(-2.98, [0, 0, 0, 0, 0.3, 0], -123 * gpa * Mat3.Identity),
            new(7, [0, 0, 0], Mat3.Zero),
        ];
        IReadOnlyList<ErrorRow> rows = ErrorTable.Rows(frames, answers);
        Assert.Equal(["all", "H", "HS", "0 to 50 GPa", "100 to 150 GPa"], rows.Select(r => r.Group));
        Assert.Equal(3, rows[0].Errors.Structures);
        Assert.Equal(10, rows[0].Errors.EnergyMaeMev, 1e-9);
        Assert.Equal(0.6 / 12, rows[0].Errors.ForceMae, 1e-12);
        Assert.Equal(Math.Sqrt(0.18 / 12), rows[0].Errors.ForceRmse, 1e-12);
        Assert.Equal(3 * 3.0 / 18, rows[0].Errors.StressMaeGPa, 1e-9);
        Assert.True(double.IsNaN(rows[1].Errors.EnergyRmseMev));
        Assert.Equal(0.3 / Math.Sqrt(6), rows[3].Errors.ForceRmse, 1e-12);
    }

    [Fact]
    public void A_parity_plot_is_a_picture_with_points_on_it()
    {
        Frame[] frames = [.. Enumerable.Range(0, 50).Select(i => new Frame(Two, -i, [.. Enumerable.Range(0, 6).Select(k => i * 0.1 - k)]))];
        PotentialResult[] answers = [.. frames.Select(f => new PotentialResult(f.Energy!.Value + 0.5, [.. f.Forces!.Select(x => 1.1 * x)], Mat3.Zero))];
        byte[] png = ParityPlot.Png(frames, answers);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        int width = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), height = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20));
        Assert.Equal((1260, 420), (width, height));
        int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using ZLibStream zlib = new(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        using MemoryStream pixels = new();
        zlib.CopyTo(pixels);
        byte[] raw = pixels.ToArray();
        Assert.Equal(height * (1 + 3 * width), raw.Length);
        int blue = 0;
        for (int p = 0; p < width * height; p++)
        {
            int at = p / width * (1 + 3 * width) + 1 + 3 * (p % width);
            blue += raw[at + 2] > raw[at] + 60 ? 1 : 0;
        }
        Assert.InRange(blue, 500, 20_000);
    }
}
