using Csp.Host.Display;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Host.Commands;

/// <summary>Mean absolute (MAE) and root-mean-square (RMSE) errors of a model against the labels that structures carry.</summary>
/// <param name="Compared">Structures that have an energy.</param>
/// <param name="EnergyMaeMeV">meV/atom.</param>
/// <param name="EnergyRmseMeV">meV/atom.</param>
/// <param name="EnergyShiftMeV">Mean of model minus label, meV/atom: another zero of energy shows here.</param>
/// <param name="ForceMae">eV/Å, over all components.</param>
/// <param name="ForceRmse">eV/Å.</param>
/// <param name="StressMaeGPa">Over all nine components.</param>
/// <param name="StressRmseGPa">GPa.</param>
public sealed record LabelErrors(
    int Compared, double EnergyMaeMeV, double EnergyRmseMeV, double EnergyShiftMeV, double ForceMae, double ForceRmse, double StressMaeGPa, double StressRmseGPa)
{
    public static LabelErrors Of(IReadOnlyList<Frame> frames, IReadOnlyList<PotentialResult> answers)
    {
        List<double> energies = [];
        List<double> forces = [];
        List<double> stresses = [];
        for (int i = 0; i < frames.Count; i++)
        {
            Frame frame = frames[i];
            if (frame.Energy is double energy)
                energies.Add(1000 * (answers[i].Energy - energy) / frame.Crystal.Count);
            if (frame.Forces is double[] f)
                forces.AddRange(f.Zip(answers[i].Forces, (label, model) => model - label));
            if (frame.Stress is Mat3 stress)
            {
                Mat3 difference = answers[i].Stress - stress;
                for (int k = 0; k < 9; k++)
                    stresses.Add(difference[k / 3, k % 3] * Units.EvPerCubicAngstromInGPa);
            }
        }
        return new LabelErrors(energies.Count, Mae(energies), Rmse(energies), energies.Count > 0 ? energies.Average() : double.NaN, Mae(forces), Rmse(forces), Mae(stresses), Rmse(stresses));
    }

    public string Table() => TextTable.Format(["error", "MAE", "RMSE", "unit"],
    [
        ["energy", Text($"{EnergyMaeMeV:0.00}"), Text($"{EnergyRmseMeV:0.00}"), "meV/atom"],
        ["forces", Text($"{ForceMae:0.0000}"), Text($"{ForceRmse:0.0000}"), "eV/Å"],
        ["stress", Text($"{StressMaeGPa:0.000}"), Text($"{StressRmseGPa:0.000}"), "GPa"],
    ]);

    private static double Mae(List<double> values) => values.Count > 0 ? values.Average(Math.Abs) : double.NaN;

    private static double Rmse(List<double> values) => values.Count > 0 ? Math.Sqrt(values.Average(v => v * v)) : double.NaN;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
