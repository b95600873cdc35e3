using System.Collections.Immutable;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// How the self-consistent field is sought. Nothing here changes the converged numbers, so all attempts yield the same label:
/// a wider smearing serves only as a stepping stone, whose density starts the calculation with the configured one.
/// </summary>
/// <param name="MixingBeta">Share of the new density.</param>
/// <param name="MixingMode">QE's mixing_mode.</param>
/// <param name="MixingHistory">Earlier densities that Broyden's mixing remembers.</param>
/// <param name="Diagonalization">QE's iterative eigensolver.</param>
/// <param name="MaxSteps">SCF steps allowed.</param>
/// <param name="SteppingStone">Factor on the smearing of a preliminary calculation that yields the starting density; null = none.</param>
public sealed record ScfAttempt(
    double MixingBeta, string MixingMode, int MixingHistory, string Diagonalization, int MaxSteps, double? SteppingStone = null)
{
    /// <summary>From the fastest to the most patient.</summary>
    public static ImmutableArray<ScfAttempt> Ladder { get; } =
    [
        new(0.7, "plain", 8, "david", 40),
        new(0.3, "plain", 12, "david", 120),
        new(0.15, "local-TF", 12, "cg", 200),
        new(0.2, "plain", 16, "cg", 250, SteppingStone: 3),
    ];
}
