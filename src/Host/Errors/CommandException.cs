namespace Csp.Host.Errors;

/// <summary>A command cannot do what was asked; one sentence why.</summary>
public sealed class CommandException(string message, Exception? inner = null) : Exception(message, inner);
