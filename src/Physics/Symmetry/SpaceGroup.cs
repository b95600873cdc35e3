using System.Collections.Immutable;

namespace Csp.Physics.Symmetry;

/// <summary>One of the 230 space-group types in spglib's default setting.</summary>
public sealed record SpaceGroup
{
    /// <summary>1 … 230.</summary>
    public required int Number { get; init; }

    /// <summary>Short Hermann-Mauguin symbol without spaces, e.g. <c>Im-3m</c>.</summary>
    public required string Symbol { get; init; }

    /// <summary>spglib's default setting, 1 … 530.</summary>
    public required int HallNumber { get; init; }

    /// <summary>All operations of the conventional cell, centring included.</summary>
    public required ImmutableArray<SymmetryOperation> Operations { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">Not 1 … 230.</exception>
    public static SpaceGroup Of(int number) => throw new NotImplementedException();

    /// <summary>Reads a list such as <c>1-15,Im-3m,R3m,225</c> (symbols in any case, with or without spaces and underscores).</summary>
    /// <returns>Numbers, ascending, without repeats.</returns>
    /// <exception cref="FormatException">Not a number from 1 to 230 or a symbol; the sentence names it.</exception>
    public static ImmutableArray<int> ParseList(string text) => throw new NotImplementedException();
}
