using System.Globalization;
using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>One population: drawn configurations, the answers for them, and the ensemble made of both.</summary>
/// <param name="Supercell">At the centroids that it was drawn around.</param>
/// <param name="Positions">Å, shape [count, Modes].</param>
/// <param name="Answers">What the evaluator said.</param>
/// <param name="Ensemble">The same in Rydberg units, with the generating state.</param>
/// <param name="Sampler">How it was drawn.</param>
internal sealed record Population(Crystal Supercell, double[] Positions, EnsembleForces Answers, SampledEnsemble Ensemble, SschaSampler Sampler)
{
    private const double RoundingOfGradient = 1e-8;

    public int Count => Ensemble.Count;

    public static async Task<Population> DrawAsync(
        SschaSystem system, TrialState state, Mat3 lattice, int count, ulong stream, IEnsembleEvaluator evaluator, SschaSampler sampler, CancellationToken cancellation)
    {
        (double[] displacements, int group) = PopulationSampler.Draw(state, count, sampler, system.SymmetryOf(system.CellOf(state, lattice)), system.Settings.Seed, stream);
        Crystal supercell = system.SupercellOf(system.CellOf(state, lattice)).Crystal;
        double[] centroids = supercell.Cartesian(), positions = new double[displacements.Length];
        int n = centroids.Length;
        for (int i = 0; i < positions.Length; i++)
            positions[i] = centroids[i % n] + displacements[i] / system.Constants.AngstromInBohr;
        EnsembleForces answers = await evaluator.EvaluateAsync(supercell, positions, cancellation).ConfigureAwait(false);
        return Of(system, state, lattice, supercell, positions, answers, group, sampler);
    }

    /// <exception cref="SschaException">The answers do not match the positions, or hold a number that is not finite.</exception>
    public static Population Of(SschaSystem system, TrialState generating, Mat3 lattice, Crystal supercell, double[] positions, EnsembleForces answers, int group, SschaSampler sampler)
    {
        SschaConstants c = system.Constants;
        double[] centroids = supercell.Cartesian(), u = new double[positions.Length];
        for (int i = 0; i < u.Length; i++)
            u[i] = (positions[i] - centroids[i % centroids.Length]) * c.AngstromInBohr;
        SampledEnsemble ensemble = new(
            generating, u, Array.ConvertAll(answers.Forces, f => f * c.ForceToRydberg), Array.ConvertAll(answers.Energies, e => e / c.RydbergInEv),
            Array.ConvertAll(answers.Stresses, s => s * c.StressToRydberg), system.SupercellVolume(lattice), group);
        return new Population(supercell, positions, answers, ensemble, sampler);
    }

    /// <summary>Norm of the symmetrised gradient over the norm that statistical noise alone would give it.</summary>
    public static double GradientOverError(Reweighting own, CrystalSymmetry symmetry)
    {
        const int Parts = 10;
        double norm = symmetry.Symmetrize(own.Gradient, acousticSumRule: true).Norm;
        BlochMatrix[] parts = [.. Enumerable.Range(0, Parts).Select(p => symmetry.Symmetrize(own.Part(p, Parts, without: false).Gradient, acousticSumRule: true))];
        BlochMatrix mean = 1.0 / Parts * parts.Aggregate((a, b) => a + b);
        double variance = parts.Sum(p => Math.Pow((p - mean).Norm, 2)) / (Parts - 1) / Parts;
        // In a harmonic crystal both are rounding errors.
        double rounding = RoundingOfGradient * own.State.Phi.Norm;
        return norm / Math.Sqrt(variance + rounding * rounding);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} configurations");
}
