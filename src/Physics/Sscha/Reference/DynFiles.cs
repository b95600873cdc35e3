using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha.Reference;

/// <summary>Writes force constants as Quantum ESPRESSO dynamical-matrix files, one per star of q points: <c>dyn_LABEL_1</c> …</summary>
internal static class DynFiles
{
    public static void Write(string folder, string label, BlochMatrix phi, ReferenceFolder reference, double[] centroids)
    {
        int first = 0, number = 1;
        int[] stars = reference.StarSizes.Length > 0 && reference.StarSizes.Sum() == phi.Basis.Cells ? reference.StarSizes : [phi.Basis.Cells];
        foreach (int size in stars)
        {
            File.WriteAllText(Path.Combine(folder, $"dyn_{label}_{number++}"), Format(phi, reference, centroids, first, size));
            first += size;
        }
    }

    /// <summary>alat is 1 Å, so positions are in Å and wave vectors in 2π/Å.</summary>
    private static string Format(BlochMatrix phi, ReferenceFolder reference, double[] centroids, int first, int count)
    {
        Crystal cell = reference.Cell;
        Element[] types = [.. cell.Elements.Distinct()];
        StringBuilder text = new();
        text.Append("Dynamical matrix file\nForce constants without masses, Ry/bohr^2\n");
        text.Append(CultureInfo.InvariantCulture, $"{types.Length} {cell.Count} 0 {reference.Constants.AngstromInBohr,22:F16} {0.0,22:F16} {0.0,22:F16} {0.0,22:F16} {0.0,22:F16} {0.0,22:F16}\n");
        text.Append("Basis vectors\n");
        for (int i = 0; i < 3; i++)
            text.Append(CultureInfo.InvariantCulture, $"{cell.Lattice[i, 0],22:F16}{cell.Lattice[i, 1],22:F16}{cell.Lattice[i, 2],22:F16}\n");
        for (int t = 0; t < types.Length; t++)
            text.Append(CultureInfo.InvariantCulture, $"\t{t + 1}  '{types[t].Symbol,-3}'  {reference.Masses[cell.Elements.IndexOf(types[t])]:F16}\n");
        for (int s = 0; s < cell.Count; s++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{s + 1,5}{Array.IndexOf(types, cell.Elements[s]) + 1,5}");
            for (int k = 0; k < 3; k++)
                text.Append(CultureInfo.InvariantCulture, $"{centroids[3 * s + k] / reference.Constants.AngstromInBohr,23:F16}");
            text.Append('\n');
        }
        int bands = phi.Basis.Bands;
        for (int q = first; q < first + count; q++)
        {
            double[] point = reference.QPointsPerAngstrom[q];
            text.Append(CultureInfo.InvariantCulture, $"\n     Dynamical Matrix in cartesian axes\n\n     q = ( {point[0],18:F12}{point[1],18:F12}{point[2],18:F12} )\n\n");
            (double[] re, double[] im) = phi.Dynamical(q);
            for (int s = 0; s < cell.Count; s++)
            {
                for (int t = 0; t < cell.Count; t++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{s + 1,5}{t + 1,5}\n");
                    for (int a = 0; a < 3; a++)
                    {
                        for (int b = 0; b < 3; b++)
                        {
                            int k = (3 * s + a) * bands + 3 * t + b;
                            text.Append(CultureInfo.InvariantCulture, $"{re[k],23:F16}{im[k],23:F16} ");
                        }
                        text.Append('\n');
                    }
                }
            }
        }
        return text.ToString();
    }
}
