using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Sscha;
using Xunit;

namespace Csp.Physics.Tests.Sscha;

/// <summary>Relations that hold for any potential, on small toy crystals.</summary>
public sealed class PhysicsOfTheResultTests
{
    private static readonly Element Neon = Element.FromSymbol("Ne");

    private static readonly ShiftedForceLennardJones Potential = new(Neon, 0.00316, 2.782, 6);

    private static readonly SschaSettings Settings = new() { Supercell = (2, 2, 2), TemperatureK = 12, FreeEnergyTolerance = 0.01, PopulationSize = 200, MaxPopulationSize = 2000 };

    [Fact]
    public void The_pressure_is_minus_the_derivative_of_the_free_energy()
    {
        SschaSettings settings = Settings with { FreeEnergyTolerance = 0.01, Hessian = false };
        const double Step = 0.06;
        SschaResult low = SschaCalculation.Run(Fcc(4.3 - Step), Potential, settings), middle = SschaCalculation.Run(Fcc(4.3), Potential, settings), high = SschaCalculation.Run(Fcc(4.3 + Step), Potential, settings);
        double volumes = high.Cell.Volume - low.Cell.Volume;
        double derivative = -(high.FreeEnergyEv - low.FreeEnergyEv) / volumes * Units.EvPerCubicAngstromInGPa;
        double error = Math.Sqrt(high.FreeEnergyErrorEv * high.FreeEnergyErrorEv + low.FreeEnergyErrorEv * low.FreeEnergyErrorEv) / volumes * Units.EvPerCubicAngstromInGPa;
        double pressure = middle.PressureGPa.Trace / 3;
        Assert.True(Math.Abs(pressure - derivative) < 4 * error + 0.03 * Math.Abs(pressure), $"{pressure} instead of {derivative} ± {error}");
    }

    [Fact]
    public void The_cell_relaxes_to_the_external_pressure()
    {
        SschaSettings settings = Settings with { Cell = SschaCell.Free, PressureGPa = 0.3, StressToleranceGPa = 0.01, Hessian = false };
        SschaResult result = SschaCalculation.Run(Fcc(4.5), Potential, settings);
        Assert.True(result.Converged);
        Assert.Equal(0.3, result.PressureGPa.Trace / 3, 0.02);
        Assert.True(result.Cell.Lattice.Row(0).Norm < 4.45 / Math.Sqrt(2));
        Assert.Equal(result.FreeEnergyEv + 0.3 / Units.EvPerCubicAngstromInGPa * result.Cell.Volume, result.GibbsEv!.Value, 1e-12);
        SschaResult shape = SschaCalculation.Run(Fcc(4.5), Potential, settings with { Cell = SschaCell.FixedVolume });
        Assert.Equal(Fcc(4.5).Volume, shape.Cell.Volume, 1e-9);
    }

    [Fact]
    public void A_heavier_isotope_has_lower_frequencies_and_less_zero_point_energy()
    {
        SschaSettings settings = Settings with { TemperatureK = 0, Hessian = false };
        SschaResult light = SschaCalculation.Run(Fcc(4.2), Potential, settings);
        SschaResult heavy = SschaCalculation.Run(Fcc(4.2), Potential, settings with { Masses = ImmutableDictionary<string, double>.Empty.Add("Ne", 4 * Neon.Mass) });
        double ratio = light.AuxiliaryFrequencies.Sum(f => f.Sum()) / heavy.AuxiliaryFrequencies.Sum(f => f.Sum());
        Assert.InRange(ratio, 1.9, 2.3);
        Assert.True(heavy.FreeEnergyEv < light.FreeEnergyEv - 0.003);
        Assert.True(heavy.MeanSquareDisplacements[0].Trace < light.MeanSquareDisplacements[0].Trace);
        Assert.Equal(0, light.EntropyEvPerK);
    }

    [Fact]
    public void Labels_on_a_subset_correct_the_free_energy_of_a_model()
    {
        // The "model" is wrong by a known amount of well depth; the "truth" is the potential itself.
        ShiftedForceLennardJones model = new(Neon, 0.00316 * 1.1, 2.782, 6);
        SschaResult wrong = SschaCalculation.Run(Fcc(4.3), model, Settings), right = SschaCalculation.Run(Fcc(4.3), Potential, Settings);
        Dictionary<int, PotentialResult> labels = [];
        foreach (int i in wrong.Ensemble.RandomSubset(40, 3))
            labels[i] = Potential.Evaluate(wrong.Ensemble.Configuration(i));
        FirstPrinciplesCorrection corrected = FirstPrinciplesCorrection.Of(wrong, labels);
        double error = Math.Sqrt(Math.Pow(corrected.FreeEnergy.Error, 2) + Math.Pow(right.FreeEnergyErrorEv, 2));
        Assert.True(Math.Abs(wrong.FreeEnergyEv - right.FreeEnergyEv) > 5 * error);
        Assert.True(Math.Abs(corrected.FreeEnergy.Value - right.FreeEnergyEv) < 4 * error, $"{corrected.FreeEnergy} instead of {right.FreeEnergyEv}");
        Assert.True(corrected.MeanErrorPerAtom < 0.3 * corrected.SpreadPerAtom);
        // The trial state minimised on the labels, its stress and its Hessian are those of the right potential.
        CorrectedTrialState minimum = corrected.Minimized!;
        Assert.True(Math.Abs(minimum.FreeEnergy.Value - right.FreeEnergyEv) < 4 * error, $"{minimum.FreeEnergy} instead of {right.FreeEnergyEv}");
        Assert.All(minimum.AuxiliaryFrequencies.SelectMany(f => f).Order().Zip(right.AuxiliaryFrequencies.SelectMany(f => f).Order()).Skip(3), w => Assert.Equal(w.Second, w.First, 0.03 * w.Second));
        double stressError = Math.Sqrt(Math.Pow(minimum.PressureErrorGPa[0, 0], 2) + Math.Pow(right.PressureErrorGPa[0, 0], 2));
        Assert.Equal(right.PressureGPa.Trace / 3, minimum.PressureGPa.Trace / 3, 5 * stressError);
        double hessianError = Math.Sqrt(Math.Pow(corrected.LowestHessianFrequency!.Value.Error, 2) + Math.Pow(right.LowestHessianFrequencyError!.Value, 2));
        Assert.Equal(right.LowestHessianFrequency!.Value, corrected.LowestHessianFrequency.Value.Value, 5 * hessianError + 0.3);
        FirstPrinciplesCorrection few = FirstPrinciplesCorrection.Of(wrong, labels.Take(6).ToDictionary());
        Assert.Null(few.LowestHessianFrequency);
        Assert.Contains("6 labels do not suffice for the free-energy Hessian", string.Join(' ', few.Remarks));
        TestContext.Current.TestOutputHelper?.WriteLine(corrected.Summary);
        Assert.Throws<SschaException>(() => FirstPrinciplesCorrection.Of(wrong, labels.Take(3).ToDictionary()));
    }

    private static Crystal Fcc(double a) => new(new Mat3(0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0), [Neon], [0, 0, 0]);
}
