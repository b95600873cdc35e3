namespace Csp.Physics.Search;

/// <summary>A search cannot go on; the message says why in one sentence.</summary>
public sealed class SearchException(string message, Exception? inner = null) : Exception(message, inner);
