using Csp.Physics.Crystals;

namespace Csp.Learning.Training;

/// <summary>
/// Weights for a search at one pressure: a structure whose enthalpy lies Δ above the lowest of its composition counts
/// 1/(1 + (Δ/scale)²), but never less than 2 %, because what is far up still has to stay far up.
/// </summary>
/// <param name="PressureGPa">Pressure of the enthalpies.</param>
/// <param name="EnthalpyScale">eV per atom at which a structure counts half.</param>
public sealed record TrainingFocus(double PressureGPa, double EnthalpyScale)
{
    private const double Least = 0.02;

    /// <summary>The examples with their weights multiplied.</summary>
    public IReadOnlyList<TrainingExample> Apply(IReadOnlyList<TrainingExample> examples, IEnumerable<TrainingExample> all)
    {
        Dictionary<Composition, double> lowest = all.GroupBy(e => e.Crystal.Composition.Reduced).ToDictionary(g => g.Key, g => g.Min(Enthalpy));
        return
        [
            .. examples.Select(e =>
            {
                double above = (Enthalpy(e) - lowest[e.Crystal.Composition.Reduced]) / EnthalpyScale;
                return e with { Weight = e.Weight * Math.Max(Least, 1 / (1 + above * above)) };
            }),
        ];
    }

    private double Enthalpy(TrainingExample e) =>
        (e.Energy + PressureGPa / Units.EvPerCubicAngstromInGPa * e.Crystal.Volume) / e.Crystal.Count;
}
