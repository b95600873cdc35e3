using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;
using Csp.Physics.Search;

namespace Csp.Host.Commands;

/// <summary>
/// Steady-state search on the threads of one process: each takes the next proposal from the current pool, relaxes it and offers it back. With one
/// thread the same settings and model give the same search; with more, the order in which relaxations end decides.
/// </summary>
/// <param name="settings">What is searched.</param>
/// <param name="potential">The model; its energies have <see cref="ModelVersion"/>.</param>
public sealed class LocalSearch(SearchSettings settings, IPotential potential)
{
    public const int ModelVersion = 1;

    private readonly Lock _lock = new();
    private readonly Variation _variation = new(settings);
    private ulong _next;

    public Pool Pool { get; } = new(settings, ModelVersion);

    public int Relaxed { get; private set; }

    public int Rejected { get; private set; }

    public int Duplicates { get; private set; }

    public long Evaluations { get; private set; }

    public ImmutableArray<OperatorShare> Shares => _variation.Shares;

    /// <summary>Until so many structures have been relaxed or rejected, or until cancelled; what the pool holds stays.</summary>
    public void Run(int structures, int threads, Action<string> progress, CancellationToken cancellation)
    {
        RelaxationSettings relaxation = new(settings.PressureGPa);
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            while (!cancellation.IsCancellationRequested)
            {
                Proposal proposal;
                lock (_lock)
                {
                    if (_next >= (ulong)structures)
                        return;
                    proposal = _variation.Propose(Pool, _next++);
                }
                RelaxationOutcome outcome;
                try
                {
                    outcome = CrystalRelaxer.Relax(proposal.Crystal, potential, relaxation, cancellation);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                lock (_lock)
                {
                    Take(proposal, outcome);
                    progress(FormattableString.Invariant($"{Relaxed} of {structures} relaxed, {Rejected} rejected, best {Best()}"));
                }
            }
        });
    }

    private void Take(Proposal proposal, RelaxationOutcome outcome)
    {
        Evaluations += outcome.Evaluations;
        if (outcome.Status == RelaxationStatus.Rejected)
        {
            Rejected++;
            _variation.Credit(proposal, null);
            return;
        }
        Relaxed++;
        PoolVerdict verdict = Pool.Offer(new Candidate(proposal, outcome.Crystal, outcome.EnthalpyPerAtom, ModelVersion, outcome.Result?.Uncertainty));
        if (verdict.Decision == PoolDecision.Duplicate)
            Duplicates++;
        _variation.Credit(proposal, verdict.Decision);
    }

    private string Best() => Pool.Ranked is [PoolEntry best, ..] ? FormattableString.Invariant($"{best.Enthalpies[ModelVersion]:0.0000} eV/atom") : "none";
}
