using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Actors.Runs;

/// <summary>
/// The end of a run, published on the event stream of the host after everything is in the journal;
/// <see cref="Hosting.RunEnds.WhenRunEnds"/> makes a task of it.
/// </summary>
public abstract record RunEnd
{
    private protected RunEnd()
    {
    }
}

/// <summary>The run has ended by itself and has results; where something could not be done, <see cref="RunStatus.Remarks"/> says why.</summary>
/// <param name="Final">The last status; its <see cref="RunStatus.Best"/> is the table of results, best first by DFT enthalpy, rows without a label last.</param>
/// <param name="Crystals">By id of <see cref="RankedStructure"/>: the relaxed primitive cells.</param>
public sealed record RunFinished(RunStatus Final, ImmutableDictionary<string, Crystal> Crystals) : RunEnd;

/// <summary>The run cannot go on; one sentence why.</summary>
public sealed record RunFailed(string Reason) : RunEnd;

/// <summary>A line for the run's log, published on the event stream of the host.</summary>
/// <param name="Actor">Who says it, e.g. <c>labeling</c>.</param>
public sealed record RunLogged(DateTimeOffset At, string Actor, string Text, bool Warning = false);
