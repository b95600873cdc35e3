namespace Csp.Physics.Symmetry;

/// <summary>The symmetry of a crystal cannot be found; the message says why in one sentence.</summary>
public sealed class SymmetryException(string message, Exception? inner = null) : Exception(message, inner);
