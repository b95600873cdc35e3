using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// A model that was averaged over a large ensemble as the known part of a reference potential that only a few of its configurations were labelled with: what the
/// labels have to average is the difference.
/// </summary>
/// <param name="all">The whole ensemble with the model's answers.</param>
/// <param name="labelled">The model's answers for the labelled configurations alone.</param>
internal sealed class ModelAverages(SampledEnsemble all, SampledEnsemble labelled) : IKnownPart
{
    public KnownAverages Under(TrialState state)
    {
        Reweighting model = new(all, state);
        Estimate difference = new Observables(model).AnharmonicCorrection;
        (Mat3 stress, Mat3 error) = new Observables(model).Stress();
        double harmonic = 0.5 * state.Phi.Dot(state.Covariance());
        return new KnownAverages(new Estimate(difference.Value + harmonic, difference.Error), state.Phi - model.Gradient, model.CentroidForce, stress, error);
    }

    public (double[] Energies, double[] Forces, double[] Stresses) RestOf(SampledEnsemble ensemble, int firstSample)
    {
        double[] Difference(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
        return (Difference(ensemble.Energies, labelled.Energies), Difference(ensemble.Forces, labelled.Forces), Difference(ensemble.Stresses, labelled.Stresses));
    }
}
