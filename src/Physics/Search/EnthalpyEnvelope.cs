using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>A structure's energy and pressure as a potential has them.</summary>
/// <param name="Crystal">The structure.</param>
/// <param name="Energy">Of the cell, eV.</param>
/// <param name="PressureGPa">Positive under compression.</param>
public readonly record struct EnthalpyPoint(Crystal Crystal, double Energy, double PressureGPa);

/// <summary>Structures of many pressures on one scale: how far each lies above the lowest enthalpy that any of its composition has at its own pressure.</summary>
public static class EnthalpyEnvelope
{
    /// <summary>
    /// ΔH_i = h_i(P_i) - min_j h_j(P_i), h_j(P) = (E_j + P V_j)/N_j, over all j with the reduced composition of i, i itself among them; eV/atom, never negative.
    /// E_j + P V_j lies above the enthalpy of j relaxed to P, so the envelope is as good as the structures are dense in pressure.
    /// </summary>
    public static double[] Above(IReadOnlyList<EnthalpyPoint> points)
    {
        double[] above = new double[points.Count];
        foreach (IGrouping<Composition, int> alike in Enumerable.Range(0, points.Count).GroupBy(i => points[i].Crystal.Composition.Reduced))
        {
            int[] members = [.. alike];
            double[] energy = [.. members.Select(i => points[i].Energy / points[i].Crystal.Count)];
            double[] volume = [.. members.Select(i => points[i].Crystal.Volume / points[i].Crystal.Count)];
            for (int i = 0; i < members.Length; i++)
            {
                double pressure = points[members[i]].PressureGPa / Units.EvPerCubicAngstromInGPa;
                double lowest = double.PositiveInfinity;
                for (int j = 0; j < members.Length; j++)
                    lowest = Math.Min(lowest, energy[j] + pressure * volume[j]);
                above[members[i]] = energy[i] + pressure * volume[i] - lowest;
            }
        }
        return above;
    }
}
