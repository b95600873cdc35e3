using System.Numerics.Tensors;
using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>Averages of an ensemble under a trial state, with errors. Rydberg atomic units, per supercell where nothing else is said.</summary>
public sealed class Observables
{
    private readonly Reweighting _reweighting;

    public Observables(Reweighting reweighting)
    {
        _reweighting = reweighting;
        SampledEnsemble ensemble = reweighting.Ensemble;
        HarmonicFreeEnergy = reweighting.State.HarmonicFreeEnergy;
        double[] harmonic = reweighting.HarmonicEnergies();
        double[] difference = new double[ensemble.Count];
        for (int i = 0; i < difference.Length; i++)
            difference[i] = ensemble.RestEnergies[i] - 0.5 * harmonic[i];
        AnharmonicCorrection = Estimate.Ratio(reweighting.Weights, difference, ensemble.SampleOf);
        if (reweighting.Known is { } known)
        {
            // ⟨S⟩ - ⟨u·⟨∂²S⟩·u⟩/2, the second half of V_h, is exact.
            double exact = known.Energy.Value - 0.5 * known.ForceConstants.Dot(reweighting.State.Covariance());
            AnharmonicCorrection = new Estimate(AnharmonicCorrection.Value + exact, Estimate.Quadrature(AnharmonicCorrection.Error, known.Energy.Error));
        }
        Potential = Estimate.Ratio(reweighting.Weights, ensemble.Energies, ensemble.SampleOf);
        EnergyDifferences = difference;
    }

    /// <summary>V - V_h of every configuration; without the known part and its own V_h where there is one.</summary>
    public double[] EnergyDifferences { get; }

    public double HarmonicFreeEnergy { get; }

    /// <summary>⟨V - V_h⟩.</summary>
    public Estimate AnharmonicCorrection { get; }

    /// <summary>⟨V⟩.</summary>
    public Estimate Potential { get; }

    /// <summary>F = F_Φ + ⟨V - V_h⟩ with its error.</summary>
    public Estimate FreeEnergy => new(HarmonicFreeEnergy + AnharmonicCorrection.Value, AnharmonicCorrection.Error);

    /// <summary>⟨P - f⊗u/V⟩ and the ratio error of each element; P = -sigma.</summary>
    public (Mat3 Value, Mat3 Error) Stress()
    {
        SampledEnsemble ensemble = _reweighting.Ensemble;
        int count = ensemble.Count, bands = ensemble.Basis.Bands;
        double[] value = new double[9], error = new double[9], sample = new double[count];
        for (int ij = 0; ij < 9; ij++)
        {
            int i = ij / 3, j = ij % 3;
            Array.Clear(sample);
            // Σ over supercell atoms of f_i u_j is the same sum over block components: the basis is orthonormal and leaves the axes alone.
            for (int row = 0; row < ensemble.Basis.Modes; row += 3)
            {
                ReadOnlySpan<double> f = ensemble.RestForces.AsSpan((row + i) * count, count);
                ReadOnlySpan<double> u = _reweighting.Displacements.AsSpan((row + j) * count, count);
                TensorPrimitives.MultiplyAdd(f, u, sample, sample);
            }
            for (int k = 0; k < count; k++)
                sample[k] = -ensemble.RestStresses[9 * k + ij] - sample[k] / ensemble.Volume;
            Estimate estimate = Estimate.Ratio(_reweighting.Weights, sample, ensemble.SampleOf);
            (value[ij], error[ij]) = (estimate.Value, estimate.Error);
        }
        if (_reweighting.Known is { } known)
        {
            for (int ij = 0; ij < 9; ij++)
            {
                value[ij] += known.Stress[ij / 3, ij % 3];
                error[ij] = Estimate.Quadrature(error[ij], known.StressError[ij / 3, ij % 3]);
            }
        }
        return (Mat3.FromSpan(value), Mat3.FromSpan(error));
    }

    /// <summary>sqrt((⟨δf²⟩ - ⟨δf⟩²)/Σρ) of the cell-averaged force on each unit-cell coordinate, Ry/bohr.</summary>
    public double[] CentroidForceError()
    {
        SampledEnsemble ensemble = _reweighting.Ensemble;
        int count = ensemble.Count;
        BlochBlock gamma = ensemble.Basis.Blocks[ensemble.Basis.GammaBlock];
        double[] difference = new double[gamma.Size * count];
        Dense.Multiply(_reweighting.State.Phi.Blocks[ensemble.Basis.GammaBlock], gamma.Size, gamma.Size, _reweighting.Displacements.AsSpan(gamma.Offset * count, gamma.Size * count), count, difference);
        TensorPrimitives.Add(difference, ensemble.Forces.AsSpan(gamma.Offset * count, gamma.Size * count), difference);
        double[] result = new double[gamma.Size];
        for (int i = 0; i < gamma.Size; i++)
        {
            double mean = 0, square = 0;
            for (int k = 0; k < count; k++)
            {
                double f = difference[i * count + k] / Math.Sqrt(ensemble.Basis.Cells), w = _reweighting.Weights[k] / _reweighting.WeightSum;
                mean += w * f;
                square += w * f * f;
            }
            result[i] = Math.Sqrt(Math.Max(0, square - mean * mean) / _reweighting.WeightSum);
        }
        return result;
    }
}
