namespace Csp.Physics.Sscha;

/// <summary>An SSCHA calculation cannot start or go on; the message says why in one sentence.</summary>
public sealed class SschaException(string message, Exception? inner = null) : Exception(message, inner);
