using System.Collections.Immutable;
using Csp.Physics.Relaxation;

namespace Csp.Physics.Search.Benchmarks;

/// <summary>How one repeat ended.</summary>
/// <param name="Seed">Of the search.</param>
/// <param name="Relaxations">Relaxations until the ground state appeared, or all that were allowed.</param>
/// <param name="Found">Whether it appeared.</param>
/// <param name="Evaluations">Force evaluations until then.</param>
/// <param name="BestAbove">Best enthalpy above the ground state, eV/atom; clearly negative means that the known ground state is not one.</param>
public sealed record BenchmarkRepeat(ulong Seed, int Relaxations, bool Found, long Evaluations, double BestAbove);

/// <summary>All repeats of one system with one way of searching.</summary>
/// <param name="System">Its name.</param>
/// <param name="Method">See the constants of <see cref="SearchBenchmark"/>.</param>
/// <param name="Limit">Relaxations allowed per repeat.</param>
/// <param name="Repeats">One per seed.</param>
public sealed record BenchmarkResult(string System, string Method, int Limit, ImmutableArray<BenchmarkRepeat> Repeats)
{
    public double SuccessRate => (double)Repeats.Count(r => r.Found) / Repeats.Length;

    /// <summary>Relaxations needed; a repeat without success counts as the limit, so a quantile that equals it means "at least".</summary>
    public BenchmarkQuantiles Relaxations => BenchmarkQuantiles.Of(Repeats.Select(r => (double)r.Relaxations));

    /// <summary>Force evaluations needed, counted in the same way.</summary>
    public BenchmarkQuantiles Evaluations => BenchmarkQuantiles.Of(Repeats.Select(r => (double)r.Evaluations));

    /// <summary>Force evaluations per relaxation, mean over everything.</summary>
    public double EvaluationsPerRelaxation => (double)Repeats.Sum(r => r.Evaluations) / Math.Max(1, Repeats.Sum(r => (long)r.Relaxations));
}

/// <summary>Success as the field reports it: how many relaxations until the known ground state appears, over repeats with different seeds.</summary>
public static class SearchBenchmark
{
    public const string Evolution = "evolution";

    /// <summary>Random symmetric crystals only.</summary>
    public const string SymmetricRandom = "symmetric random";

    /// <summary>Random crystals without symmetry only.</summary>
    public const string PlainRandom = "plain random";

    /// <param name="system">What to find.</param>
    /// <param name="method"><see cref="Evolution"/>, <see cref="SymmetricRandom"/> or <see cref="PlainRandom"/>.</param>
    /// <param name="repeats">Seeds firstSeed, firstSeed + 1, …</param>
    /// <param name="limit">Relaxations per repeat.</param>
    /// <param name="threads">Relaxations at once.</param>
    /// <param name="firstSeed">Of the first repeat.</param>
    /// <param name="progress">Told after every repeat.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SearchException">The ground state does not relax, or no random crystals can be made.</exception>
    /// <exception cref="ArgumentException">Unknown method.</exception>
    public static BenchmarkResult Run(
        BenchmarkSystem system, string method, int repeats, int limit, int threads, ulong firstSeed = 1, IProgress<BenchmarkRepeat>? progress = null, CancellationToken cancellation = default)
    {
        SearchSettings settings = method switch
        {
            Evolution => system.Settings,
            SymmetricRandom => system.Settings with { InitialRandom = int.MaxValue, LearnedShare = 0 },
            PlainRandom => system.Settings with { InitialRandom = int.MaxValue, LearnedShare = 0, Groups = [1] },
            _ => throw new ArgumentException($"there is no way of searching '{method}'; there are {Evolution}, {SymmetricRandom} and {PlainRandom}"),
        };
        double target = TargetEnthalpy(system, cancellation);
        ImmutableArray<BenchmarkRepeat>.Builder results = ImmutableArray.CreateBuilder<BenchmarkRepeat>();
        for (ulong seed = firstSeed; seed < firstSeed + (ulong)repeats; seed++)
        {
            SearchLoop loop = new(settings with { Seed = seed }, system.Potential, system.Relaxation);
            bool found = false;
            foreach (SearchStep step in loop.Run(new SearchLimits(limit), threads, cancellation))
            {
                // A false minimum of a model may lie below the ground state; it is no answer.
                found = step.Verdict is not null && Math.Abs(step.Outcome.EnthalpyPerAtom - target) <= system.Tolerance;
                if (found)
                    break;
            }
            BenchmarkRepeat repeat = new(seed, loop.Progress.Relaxed, found, loop.Progress.Evaluations, loop.Progress.BestEnthalpyPerAtom - target);
            results.Add(repeat);
            progress?.Report(repeat);
        }
        return new BenchmarkResult(system.Name, method, limit, results.ToImmutable());
    }

    /// <summary>Enthalpy of the known ground state after relaxation, eV/atom.</summary>
    /// <exception cref="SearchException">It does not relax.</exception>
    public static double TargetEnthalpy(BenchmarkSystem system, CancellationToken cancellation = default)
    {
        RelaxationOutcome outcome = CrystalRelaxer.Relax(system.GroundState, system.Potential, system.Relaxation, cancellation);
        return outcome.Status == RelaxationStatus.Converged
            ? outcome.EnthalpyPerAtom
            : throw new SearchException($"the known ground state of {system.Name} does not relax: {outcome.Reason ?? "evaluations used up"}");
    }
}
