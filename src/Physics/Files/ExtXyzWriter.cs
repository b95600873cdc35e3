using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.Files;

/// <summary>Writes one extended XYZ frame; info keys come in ordinal order so that the same frame is always the same text.</summary>
internal static class ExtXyzWriter
{
    private static readonly HashSet<string> Reserved = ["Lattice", "Properties", "energy", "stress", "pbc"];

    public static void Append(StringBuilder text, Frame frame)
    {
        Crystal crystal = frame.Crystal;
        double[]? forces = frame.Forces;
        if (forces is not null && forces.Length != 3 * crystal.Count)
            throw new ArgumentException($"{crystal.Count} atoms need {3 * crystal.Count} force components, not {forces.Length}");
        text.Append(CultureInfo.InvariantCulture, $"{crystal.Count}\nLattice=\"");
        Numbers(text, crystal.Lattice.ToArray());
        text.Append("\" Properties=species:S:1:pos:R:3").Append(forces is null ? "" : ":forces:R:3");
        if (frame.Energy is double energy)
            text.Append(CultureInfo.InvariantCulture, $" energy={energy:R}");
        if (frame.Stress is Mat3 stress)
        {
            text.Append(" stress=\"");
            Numbers(text, stress.ToArray());
            text.Append('"');
        }
        foreach ((string key, string value) in (frame.Info ?? []).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (key.Length == 0 || Reserved.Contains(key) || key.AsSpan().ContainsAny(" \t\r\n=\"'\\{}[],"))
                throw new ArgumentException($"'{key}' cannot be a key of an extended XYZ comment line");
            text.Append(' ').Append(key).Append('=').Append(ExtXyzComment.Quote(value));
        }
        text.Append(" pbc=\"T T T\"\n");
        for (int i = 0; i < crystal.Count; i++)
        {
            Vec3 r = crystal.PositionOf(i);
            text.Append(crystal.Elements[i].Symbol.PadRight(2)).Append(' ');
            Numbers(text, [r.X, r.Y, r.Z]);
            if (forces is not null)
            {
                text.Append(' ');
                Numbers(text, forces.AsSpan(3 * i, 3));
            }
            text.Append('\n');
        }
    }

    private static void Numbers(StringBuilder text, ReadOnlySpan<double> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!double.IsFinite(numbers[i]))
                throw new ArgumentException("a number that is not finite cannot be written");
            text.Append(i == 0 ? "" : " ").Append(CultureInfo.InvariantCulture, $"{numbers[i]:R}");
        }
    }
}
