using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search;

/// <summary>A structure that a search wants relaxed, with its lineage. Immutable; crosses the wire.</summary>
/// <param name="Id">Unique within a search; given by the caller.</param>
/// <param name="Crystal">Not relaxed; respects the minimum distances of the search.</param>
/// <param name="Operator">Name of the operator that made it, see <see cref="OperatorNames"/>.</param>
/// <param name="Parents">Ids of the pool members it was made from; empty for random crystals and seeds.</param>
/// <param name="Generation">1 + the largest of its parents'; 0 without parents.</param>
/// <param name="RequestedGroup">Space group that was drawn for a random crystal; null for all others.</param>
public sealed record Proposal(
    ulong Id, Crystal Crystal, string Operator, ImmutableArray<ulong> Parents, int Generation, int? RequestedGroup = null);

/// <summary>Names under which operators appear in proposals, statistics, settings and files.</summary>
public static class OperatorNames
{
    public const string Random = "random";
    public const string Seed = "seed";
    public const string Heredity = "heredity";
    public const string Strain = "strain";
    public const string Permutation = "permutation";
    public const string Rattle = "rattle";
    public const string Ripple = "ripple";
    public const string Slip = "slip";
    public const string SoftMutation = "soft-mutation";
    public const string Symmetrized = "symmetrized";
    public const string Supercell = "supercell";
    public const string SubCell = "sub-cell";
    public const string Twin = "twin";
    public const string Rotation = "rotation";
    public const string Exchange = "exchange";
}
