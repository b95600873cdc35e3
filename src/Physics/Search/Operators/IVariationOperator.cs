using Csp.Physics.Crystals;

namespace Csp.Physics.Search.Operators;

/// <summary>One way of making a structure from others. Stateless.</summary>
internal interface IVariationOperator
{
    /// <summary>See <see cref="OperatorNames"/>.</summary>
    string Name { get; }

    /// <summary>1 or 2.</summary>
    int Parents { get; }

    /// <summary>Whether it can do anything in such a search.</summary>
    bool Applies(SearchSettings settings);

    /// <summary>The offspring, of a composition that the search allows; distances may be too short. Null when it does not work out this time.</summary>
    /// <param name="parents">Relaxed structures in reduced cells.</param>
    /// <param name="settings">The search.</param>
    /// <param name="reach">How far to go, in units of the operator's usual amplitude; grows while relaxations fall back to the parent.</param>
    /// <param name="random">Only source of chance.</param>
    Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random);
}
