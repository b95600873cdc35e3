namespace Csp.Actors.Runs;

/// <summary>Kinds of work that nodes pull.</summary>
public enum JobKind
{
    Relax,
    Rescore,
    Label,
    Train,
    EnsembleChunk,
}
