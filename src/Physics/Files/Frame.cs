using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Physics.Files;

/// <summary>One structure of a file with what the file says about it.</summary>
/// <param name="Crystal">The structure.</param>
/// <param name="Energy">eV per cell, where the file has it.</param>
/// <param name="Forces">eV/Å, 3N numbers, where the file has them.</param>
/// <param name="Stress">eV/Å^3, sign of ASE (negative under compression), where the file has it.</param>
/// <param name="Info">All other key=value pairs of the comment line, in file order, as text.</param>
public sealed record Frame(
    Crystal Crystal,
    double? Energy = null,
    double[]? Forces = null,
    Mat3? Stress = null,
    ImmutableDictionary<string, string>? Info = null)
{
    public static Frame Of(Crystal crystal, PotentialResult result) => new(crystal, result.Energy, result.Forces, result.Stress);

    /// <summary>The value of one info key, or null.</summary>
    public string? this[string key] => Info?.GetValueOrDefault(key);

    public Frame With(string key, string value) =>
        this with { Info = (Info ?? ImmutableDictionary<string, string>.Empty).SetItem(key, value) };
}
