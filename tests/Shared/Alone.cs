using Xunit;

namespace Csp.Tests;

/// <summary>Tests that others must not run beside: they look at the clock, or at the memory of the process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
