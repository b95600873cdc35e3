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
/// <param name="FirstLoss">Logarithm of the share of effective configurations that a full first step costs; 0 without a step.</param>
/// <param name="Parameters">About the free parameters of the force constants: half the elements of one row of blocks over the operations.</param>
public sealed record MinimizerResult(
    Reweighting Last, BlochMatrix Gradient, double[] CentroidForce, int Steps, bool Converged, IReadOnlyList<(double GradientNorm, double KongLiu)> Trajectory, double FirstLoss,
    int Parameters)
{
    /// <summary>
    /// A full step on noise alone costs an effective share that falls as 1/N; measured on 96 modes without symmetry, minimisations converge once it costs less
    /// than this (logarithm).
    /// </summary>
    private const double BearableLoss = 0.15;

    /// <summary>Where noise leaves no fixed point, a gradient below this share of its own statistical error is as good as zero.</summary>
    private const double SettledShare = 0.2;

    /// <summary>Converged, or the gradient left is small beside its own statistical error.</summary>
    internal bool IsSettled(CrystalSymmetry symmetry) => Converged || Population.GradientOverError(Last, symmetry) < SettledShare;

    /// <summary>
    /// About how many configurations would have a fixed point; null where their number is not what stopped the minimisation. Two things ask for more: a first step
    /// that loses many of them (if it was noise), and more free parameters of the force constants than configurations, since the derivative of the gradient, an
    /// average with four displacements, then is mostly noise and every direction leads to another noise.
    /// </summary>
    public int? NeededConfigurations
    {
        get
        {
            int count = Last.Ensemble.Count;
            double needed = Math.Max(FirstLoss > BearableLoss ? count * FirstLoss / BearableLoss : 0, Parameters);
            return !Converged && needed > count ? (int)Math.Min(Math.Ceiling(needed / 100) * 100, int.MaxValue / 2) : null;
        }
    }

    /// <summary>Why the minimisation did not converge and about how many configurations would do, in one sentence; null when it did.</summary>
    public string? Problem
    {
        get
        {
            if (Converged)
                return null;
            string ending = NeededConfigurations is int needed
                ? string.Create(CultureInfo.InvariantCulture, $"their noise moves the trial state by more than they cover, and about {needed} would be needed (or a start nearer to the solution)")
                : "take more steps or a start nearer to the solution";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the minimisation did not converge on {Last.Ensemble.Count} configurations for {Last.State.Basis.Modes} modes ({Last.KongLiu:F0} still count after {Steps} steps): {ending}");
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

    /// <summary>Steps without a smaller residual after which it is only noise that moves.</summary>
    private const int Patience = 40;

    /// <summary>An unconverged minimisation ends at its last point unless an earlier one had a residual this much smaller.</summary>
    private const double WanderedOff = 0.5;

    /// <returns>
    /// The fixed point, or, unconverged, the last state from which no further step keeps the force constants positive and the weights alive; the one with the
    /// smallest residual where the steps had wandered off from it.
    /// </returns>
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
        double weight = CentroidWeight(state), firstLoss = 0;
        int parameters = (int)Math.Min((long)basis.Modes * basis.Bands / (2 * symmetry.Order), int.MaxValue);
        (Point At, int Step) best = default;
        for (int step = 1; ; step++)
        {
            Point point = new(here, symmetry.Symmetrize(here.Gradient, acousticSumRule: true), symmetry.SymmetrizeVectors(here.CentroidForce));
            double[] move = settings.Centroids ? state.HarmonicResponse(point.Force) : new double[point.Force.Length];
            double norm = point.Gradient.Norm;
            point = point with { Residual = Math.Sqrt(norm * norm + weight * weight * Norm(move) * Norm(move)) };
            if (step == 1 || point.Residual < best.At.Residual)
                best = (point, step);
            trajectory.Add((norm, here.KongLiu));
            MinimizerResult Result(Point at, bool done) => new(at.Here, at.Gradient, at.Force, step, done, trajectory, firstLoss, parameters);
            if (norm < settings.GradientTolerance && Norm(move) < settings.CentroidTolerance)
                return Result(point, true);
            Point stop = best.At.Residual < WanderedOff * point.Residual ? best.At : point;
            if (step >= settings.MaxSteps || step - best.Step > Patience)
                return Result(stop, false);

            double[] next = mixing.Next(Pack(state.Phi, state.Centroids, 1, weight), Pack(point.Gradient, move, -1, weight));
            (BlochMatrix Phi, double[] Centroids) target = Unpack(next, state, weight);
            Reweighting? accepted = null;
            for (double fraction = 1; accepted is null; fraction /= 2)
            {
                if (fraction < 1e-3)
                    return Result(stop, false);
                // After a step that had to be shortened, the plain fixed-point direction is the safer one.
                BlochMatrix phi = fraction == 1 ? target.Phi : state.Phi + fraction * ((-1) * point.Gradient);
                double[] centroids = fraction == 1 ? target.Centroids : Moved(state.Centroids, move, fraction);
                accepted = TryStep(ensemble, state, phi, centroids, Math.Max(settings.KongLiuRatio * ensemble.Count, LargestLoss * here.KongLiu));
                if (accepted is null)
                    mixing.Restart();
                else if (step == 1)
                    firstLoss = Math.Max(0, Math.Log(here.KongLiu / accepted.KongLiu)) / (fraction * fraction);
            }
            here = accepted;
            state = here.State;
        }
    }

    /// <summary>One visited state: symmetrised gradient and centroid force, and the norm of the fixed-point step.</summary>
    private readonly record struct Point(Reweighting Here, BlochMatrix Gradient, double[] Force, double Residual = 0);

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
