using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>Turns the last minimisation into the numbers that people read.</summary>
internal static class SschaSummary
{
    private const int HessianParts = 6;

    public static SschaResult Of(
        SschaSystem system, SschaPoint point, Population last, double staticEnergySupercell, int populations, int evaluations, bool converged)
    {
        TrialState state = point.Averages.State;
        Observables observables = new(point.Averages);
        SschaSettings settings = system.Settings;
        Estimate unbiased = WithoutBias(observables.FreeEnergy, point);
        double freeEnergy = system.EvPerCell(unbiased.Value);
        FreeEnergyHessian? hessian = settings.Hessian ? FreeEnergyHessian.Of(point.Averages, point.Symmetry, settings.FourthOrder) : null;
        SschaConstants constants = system.Constants;
        return new SschaResult
        {
            Cell = point.Cell,
            Supercell = settings.Supercell,
            TemperatureK = settings.TemperatureK,
            FreeEnergyEv = freeEnergy,
            FreeEnergyErrorEv = system.EvPerCell(unbiased.Error),
            GibbsEv = settings.PressureGPa is double p ? freeEnergy + p / Units.EvPerCubicAngstromInGPa * point.Cell.Volume : null,
            StaticEnergyEv = staticEnergySupercell / system.Basis.Cells,
            EntropyEvPerK = system.EvPerCell(Thermodynamics.Of(state.Frequencies, settings.TemperatureK, constants.Boltzmann).Entropy),
            PressureGPa = point.PressureGPa,
            PressureErrorGPa = point.PressureErrorGPa,
            QPoints = [.. Enumerable.Range(0, system.Basis.Cells).Select(system.Basis.QPoint)],
            AuxiliaryFrequencies = InverseCm(BlochFrequencies.Of(state.Phi, system.Masses), constants),
            HessianFrequencies = hessian is null ? null : InverseCm(BlochFrequencies.Of(hessian.Matrix, system.Masses), constants),
            LowestHessianFrequency = hessian is null ? null : Lowest(hessian.Matrix, system),
            LowestHessianFrequencyError = hessian is null ? null : LowestError(system, point),
            MeanSquareDisplacements = MeanSquareDisplacements(state, constants),
            Operations = system.Operations,
            Masses = system.Masses,
            ForceConstants = state.Phi,
            HessianMatrix = hessian?.Matrix,
            Populations = populations,
            Evaluations = evaluations,
            Converged = converged,
            Ensemble = new SschaEnsemble(system.SupercellOf(point.Cell).Crystal, last.Positions, last.Answers, new Reweighting(last.Ensemble, state).Weights),
        };
    }

    /// <summary>
    /// A free energy that was minimised on the configurations it is averaged over comes out too low by a term in 1/N; the jackknife
    /// K F - (K - 1)·mean(F without part k), each part minimised anew, removes it (Quenouille, Biometrika 43, 353 (1956)). Where noise leaves a part no fixed point
    /// the next orders in 1/N are as large: half of the correction is made then, and half of it is an error. Ry per supercell.
    /// </summary>
    private static Estimate WithoutBias(Estimate freeEnergy, SschaPoint point)
    {
        const int Parts = 8;
        double[] without = new double[Parts];
        bool rough = false;
        for (int k = 0; k < Parts; k++)
        {
            MinimizerResult minimum = FixedEnsembleMinimizer.Minimize(
                point.Averages.Ensemble.Without(k, Parts), point.Averages.State, point.Symmetry, new MinimizerSettings { GradientTolerance = 1e-7, CentroidTolerance = 1e-6, MaxSteps = 40 });
            if (!minimum.IsSettled(point.Symmetry))
                return freeEnergy;
            rough |= !minimum.Converged;
            without[k] = new Observables(minimum.Last).FreeEnergy.Value;
        }
        double correction = (Parts - 1) * (freeEnergy.Value - without.Average());
        return rough
            ? new Estimate(freeEnergy.Value + correction / 2, Estimate.Quadrature(freeEnergy.Error, correction / 2))
            : new Estimate(freeEnergy.Value + correction, freeEnergy.Error);
    }

    /// <summary>Lowest frequency without the translations, cm^-1, negative = imaginary.</summary>
    private static double Lowest(BlochMatrix matrix, SschaSystem system)
    {
        double square = ModeBlock.Of(matrix, system.Masses).Where(b => b.Count > 0).Min(b => b.Squares[0]);
        return Math.Sign(square) * Math.Sqrt(Math.Abs(square)) * system.Constants.RydbergInInverseCm;
    }

    /// <summary>Jackknife over parts of the ensemble, always of the third-order Hessian, whose noise is that of the fourth-order one to leading order.</summary>
    private static double LowestError(SschaSystem system, SschaPoint point)
    {
        double[] values = [.. Enumerable.Range(0, HessianParts).Select(part =>
            Lowest(FreeEnergyHessian.Of(point.Averages.Part(part, HessianParts, without: true), point.Symmetry, fourthOrder: false).Matrix, system))];
        double mean = values.Average();
        return Math.Sqrt((HessianParts - 1.0) / HessianParts * values.Sum(v => (v - mean) * (v - mean)));
    }

    private static ImmutableArray<Mat3> MeanSquareDisplacements(TrialState state, SschaConstants constants)
    {
        BlochMatrix covariance = state.Covariance();
        int bands = state.Basis.Bands;
        double[][] blocks = [.. Enumerable.Range(0, state.Basis.Cells).Select(q => covariance.Dynamical(q).Re)];
        double unit = 1 / (state.Basis.Cells * constants.AngstromInBohr * constants.AngstromInBohr);
        return [.. Enumerable.Range(0, state.Basis.CellAtoms).Select(s =>
        {
            double[] u = new double[9];
            for (int k = 0; k < 9; k++)
                u[k] = unit * blocks.Sum(b => b[(3 * s + k / 3) * bands + 3 * s + k % 3]);
            return Mat3.FromSpan(u);
        })];
    }

    private static double[][] InverseCm(double[][] frequencies, SschaConstants constants) =>
        [.. frequencies.Select(f => Array.ConvertAll(f, w => w * constants.RydbergInInverseCm))];
}
