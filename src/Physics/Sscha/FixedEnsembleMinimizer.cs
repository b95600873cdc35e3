using System.Globalization;

namespace Csp.Physics.Sscha;

/// <summary>How a minimisation on a fixed ensemble is done.</summary>
public sealed record MinimizerSettings
{
    /// <summary>Stops when the norm of the symmetrised gradient over all q is below this, Ry/bohr^2.</summary>
    public double GradientTolerance { get; init; } = 1e-10;

    /// <summary>Stops when the preconditioned step of the centroids is below this, bohr (norm).</summary>
    public double CentroidTolerance { get; init; } = 1e-9;

    public int MaxSteps { get; init; } = 200;

    /// <summary>Steps that Anderson mixing remembers.</summary>
    public int History { get; init; } = 8;

    /// <summary>Stops, unconverged, when the Kong-Liu size would fall below this share of the ensemble; 0 = never.</summary>
    public double KongLiuRatio { get; init; }

    /// <summary>Whether the centroids move.</summary>
    public bool Centroids { get; init; } = true;
}

/// <summary>Where a minimisation ended.</summary>
/// <param name="Last">The averages at the final trial state.</param>
/// <param name="Gradient">The symmetrised gradient there.</param>
/// <param name="CentroidForce">The symmetrised force on the centroids there, Ry/bohr.</param>
/// <param name="Steps">Evaluations of the gradient.</param>
/// <param name="Converged">Both tolerances were met; otherwise the trust region or the number of steps ended it.</param>
/// <param name="Trajectory">Norm of the gradient and Kong-Liu size of every step.</param>
public sealed record MinimizerResult(
    Reweighting Last, BlochMatrix Gradient, double[] CentroidForce, int Steps, bool Converged, IReadOnlyList<(double GradientNorm, double KongLiu)> Trajectory)
{
    /// <summary>
    /// A full step on noise alone costs an effective share that falls as 1/N; measured on 96 modes without symmetry, minimisations converge once it costs less
    /// than this (logarithm).
    /// </summary>
    private const double BearableLoss = 0.15;

    /// <summary>Why the minimisation did not converge and about how many configurations would do, in one sentence; null when it did.</summary>
    public string? Problem
    {
        get
        {
            if (Converged)
                return null;
            int count = Last.Ensemble.Count;
            double loss = Trajectory.Count > 1 ? Math.Log(Trajectory[0].KongLiu / Trajectory[1].KongLiu) : 0;
            string ending = loss > BearableLoss
                ? string.Create(CultureInfo.InvariantCulture, $"their noise moves the trial state by more than they cover, and about {Math.Ceiling(count * loss / BearableLoss / 100) * 100:F0} would be needed (or a start nearer to the solution)")
                : "take more steps or a start nearer to the solution";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the minimisation did not converge on {count} configurations for {Last.State.Basis.Modes} modes ({Last.KongLiu:F0} still count after {Steps} steps): {ending}");
        }
    }
}

/// <summary>
/// Solves the self-consistency of force constants and centroids on a fixed ensemble: [Φ - ⟨∂²V⟩]_sym = 0, [⟨δf⟩]_sym = 0. The fixed-point map is
/// Φ → Φ - g, R → R + Φ⁻¹⟨δf⟩ (the Newton step of a harmonic crystal); <see cref="AndersonMixing"/> accelerates it.
/// </summary>
public static class FixedEnsembleMinimizer
{
    /// <summary>A step that leaves less than this share of the effective configurations goes too far to be trusted.</summary>
    private const double LargestLoss = 0.3;

    /// <returns>The fixed point, or, unconverged, the last trustworthy state where no further step keeps the force constants positive and the weights alive.</returns>
    /// <exception cref="SschaException">The start is not positive, or there are too few configurations for the modes.</exception>
    public static MinimizerResult Minimize(SampledEnsemble ensemble, TrialState start, CrystalSymmetry symmetry, MinimizerSettings settings)
    {
        BlochBasis basis = ensemble.Basis;
        if ((long)ensemble.Count * symmetry.Order * basis.Cells < basis.Modes)
            throw new SschaException($"too few configurations for the modes: {ensemble.Count} configurations with {symmetry.Order} operations and {basis.Cells} translations cannot determine the {basis.Modes} modes of the supercell");
        AndersonMixing mixing = new(settings.History);
        List<(double, double)> trajectory = [];
        TrialState state = start.With(symmetry.Symmetrize(start.Phi, acousticSumRule: true), start.Centroids);
        Reweighting here = new(ensemble, state);
        double weight = CentroidWeight(state);
        for (int step = 1; ; step++)
        {
            BlochMatrix gradient = symmetry.Symmetrize(here.Gradient, acousticSumRule: true);
            double[] force = symmetry.SymmetrizeVectors(here.CentroidForce);
            double[] move = settings.Centroids ? state.HarmonicResponse(force) : new double[force.Length];
            double norm = gradient.Norm;
            trajectory.Add((norm, here.KongLiu));
            bool converged = norm < settings.GradientTolerance && Norm(move) < settings.CentroidTolerance;
            if (converged || step >= settings.MaxSteps)
                return new MinimizerResult(here, gradient, force, step, converged, trajectory);

            double[] next = mixing.Next(Pack(state.Phi, state.Centroids, 1, weight), Pack(gradient, move, -1, weight));
            (BlochMatrix Phi, double[] Centroids) target = Unpack(next, state, weight);
            Reweighting? accepted = null;
            for (double fraction = 1; accepted is null; fraction /= 2)
            {
                if (fraction < 1e-3)
                    return new MinimizerResult(here, gradient, force, step, false, trajectory);
                // After a step that had to be shortened, the plain fixed-point direction is the safer one.
                BlochMatrix phi = fraction == 1 ? target.Phi : state.Phi + fraction * ((-1) * gradient);
                double[] centroids = fraction == 1 ? target.Centroids : Moved(state.Centroids, move, fraction);
                accepted = TryStep(ensemble, state, phi, centroids, Math.Max(settings.KongLiuRatio * ensemble.Count, LargestLoss * here.KongLiu));
                if (accepted is null)
                    mixing.Restart();
            }
            here = accepted;
            state = here.State;
        }
    }

    private static Reweighting? TryStep(SampledEnsemble ensemble, TrialState from, BlochMatrix phi, double[] centroids, double fewest)
    {
        try
        {
            Reweighting candidate = new(ensemble, from.With(phi, centroids));
            return candidate.KongLiu >= fewest ? candidate : null;
        }
        catch (SschaException)
        {
            return null;
        }
    }

    /// <summary>Makes a centroid step comparable with a change of force constants: the typical width of the Gaussian corresponds to Φ itself.</summary>
    private static double CentroidWeight(TrialState state) =>
        state.Phi.Norm / Math.Sqrt(state.Basis.Cells * state.Covariance().Blocks.Sum(b => b.Sum(Math.Abs)) + double.Epsilon);

    private static double[] Pack(BlochMatrix phi, double[] centroids, double sign, double weight)
    {
        double[] x = new double[phi.Blocks.Sum(b => b.Length) + centroids.Length];
        int at = 0;
        foreach (double[] block in phi.Blocks)
        {
            foreach (double v in block)
                x[at++] = sign * v;
        }
        foreach (double v in centroids)
            x[at++] = weight * v;
        return x;
    }

    private static (BlochMatrix Phi, double[] Centroids) Unpack(double[] x, TrialState state, double weight)
    {
        int at = 0;
        double[][] blocks = new double[state.Phi.Blocks.Length][];
        for (int b = 0; b < blocks.Length; b++)
        {
            blocks[b] = x[at..(at + state.Phi.Blocks[b].Length)];
            at += blocks[b].Length;
        }
        return (new BlochMatrix(state.Basis, blocks), [.. x[at..].Select(v => v / weight)]);
    }

    private static double[] Moved(double[] centroids, double[] move, double fraction) => [.. centroids.Zip(move, (c, m) => c + fraction * m)];

    private static double Norm(double[] v) => Math.Sqrt(v.Sum(x => x * x));
}
