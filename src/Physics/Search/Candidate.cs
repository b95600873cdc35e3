using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>A relaxed structure on its way into the pool.</summary>
/// <param name="Proposal">What was relaxed.</param>
/// <param name="Crystal">The relaxed structure.</param>
/// <param name="EnthalpyPerAtom">(E + P V)/N in eV by model <paramref name="ModelVersion"/>.</param>
/// <param name="ModelVersion">The model that relaxed it; energies of different versions are never compared.</param>
/// <param name="Uncertainty">Standard error of the energy in eV/atom, where the model reports one.</param>
public sealed record Candidate(Proposal Proposal, Crystal Crystal, double EnthalpyPerAtom, int ModelVersion, double? Uncertainty = null);

/// <summary>What the pool did with a candidate.</summary>
public enum PoolDecision
{
    /// <summary>It is in the pool and ranked.</summary>
    Accepted,

    /// <summary>It is kept, but has no energy of the ranking version yet.</summary>
    Waiting,

    /// <summary>The same crystal is in the pool already.</summary>
    Duplicate,

    /// <summary>The pool, or its niche, is full of better ones.</summary>
    Worse,
}

/// <summary>What became of an offer.</summary>
/// <param name="Decision">See <see cref="PoolDecision"/>.</param>
/// <param name="SameAs">For a duplicate: the id of the member it equals.</param>
/// <param name="NewBest">It is the new best of the pool.</param>
/// <param name="Rank">Place among the ranked members when it was accepted, 0 for the best.</param>
public readonly record struct PoolVerdict(PoolDecision Decision, ulong? SameAs = null, bool NewBest = false, int Rank = 0);
