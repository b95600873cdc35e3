namespace Csp.Actors.Serialization;

/// <summary>Everything that crosses the wire or goes into the journal; bound to <see cref="CspSerializer"/>. Every type needs a line in <see cref="Manifests"/>.</summary>
public interface ICspMessage;
