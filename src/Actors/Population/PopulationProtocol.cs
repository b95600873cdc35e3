using System.Collections.Immutable;
using Csp.Actors.Runs;
using Csp.Physics.Crystals;
using Csp.Physics.Search;

namespace Csp.Actors.Population;

/// <summary>From the director: make proposals, or stop.</summary>
internal sealed record OpenSearch(bool Open);

/// <summary>From the director: share of its labels or of its time that the search has used, 0 to 1.</summary>
internal sealed record SearchPace(double Share);

/// <summary>To labeling: structures that could be labelled.</summary>
internal sealed record LabelOffers(ImmutableArray<LabelCandidate> Candidates);

/// <summary>To labeling, ensembles and director: the head of the pool changed.</summary>
/// <param name="Best">By the ranking version, best first.</param>
/// <param name="Ranking">The ranking version.</param>
/// <param name="BestDifferenceMeV">Model minus DFT of the best, meV/atom; null while it has no label.</param>
internal sealed record PoolHead(ImmutableArray<HeadEntry> Best, int Ranking, int Finished, int SinceBest, double? BestDifferenceMeV = null);

internal sealed record HeadEntry(ulong Id, Crystal Crystal, double EnthalpyPerAtom, double AboveBest, int Model, string Origin, int Generation, double? Uncertainty);

/// <summary>From labeling: DFT's answer for a structure.</summary>
internal sealed record DftKnown(ulong Source, Csp.Actors.Jobs.LabelPurpose Purpose, Crystal Crystal, double EnthalpyPerAtom, double PressureGPa, double MaxForce);

/// <summary>From the director: relax this for the final table.</summary>
internal sealed record FinalRelaxation(string Key, ulong Structure, Crystal Start, bool KeepSymmetry, Csp.Actors.Jobs.Lineage Lineage);

/// <summary>To the director: a <see cref="FinalRelaxation"/> is durable.</summary>
internal sealed record FinalRelaxed(StructureRelaxed Event);
