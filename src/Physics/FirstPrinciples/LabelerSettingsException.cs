namespace Csp.Physics.FirstPrinciples;

/// <summary>The labeler cannot work as configured; the message says in one sentence what is missing or wrong.</summary>
public sealed class LabelerSettingsException(string message, Exception? inner = null) : Exception(message, inner);
