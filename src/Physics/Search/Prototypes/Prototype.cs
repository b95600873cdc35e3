using System.Collections.Immutable;
using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Prototypes;

/// <summary>A structure type: a cell whose sites are roles (A, B, C) that elements can take.</summary>
/// <param name="Name">Strukturbericht symbol or, where there is none, formula and space group.</param>
/// <param name="Example">A substance with it.</param>
/// <param name="Lattice">Rows are the cell vectors, in units of a.</param>
/// <param name="Sites">Role and fractional coordinates.</param>
public sealed record Prototype(string Name, string Example, Mat3 Lattice, ImmutableArray<(char Role, Vec3 Position)> Sites)
{
    /// <summary>Atoms of every role, A first.</summary>
    public ImmutableArray<(char Role, int Count)> Roles => [.. Sites.GroupBy(s => s.Role).OrderBy(g => g.Key).Select(g => (g.Key, g.Count()))];

    /// <summary>
    /// The type with the elements of a composition: every distribution of elements over roles that gives the reduced composition; none when the
    /// stoichiometry does not fit.
    /// </summary>
    /// <param name="composition">Any multiple of the formula unit.</param>
    /// <param name="volumePerAtom">Å^3, at least 0.</param>
    public IEnumerable<Crystal> Of(Composition composition, double volumePerAtom)
    {
        ImmutableArray<(char Role, int Count)> roles = Roles;
        if (roles.Length != composition.Counts.Length)
            yield break;
        foreach (ImmutableArray<Element> elements in Orders([.. composition.Counts.Select(c => c.Element)]))
        {
            if (!Composition.From(roles.Select((r, k) => (elements[k], r.Count))).Reduced.Equals(composition.Reduced))
                continue;
            Crystal crystal = new(
                Lattice, [.. Sites.Select(s => elements[s.Role - 'A'])], [.. Sites.SelectMany(s => new[] { s.Position.X, s.Position.Y, s.Position.Z })]);
            yield return crystal.ScaledToVolume(volumePerAtom * crystal.Count);
        }
    }

    private static IEnumerable<ImmutableArray<Element>> Orders(ImmutableArray<Element> elements) => elements.Length <= 1
        ? [elements]
        : elements.SelectMany(first => Orders(elements.Remove(first)).Select(rest => rest.Insert(0, first)));
}
