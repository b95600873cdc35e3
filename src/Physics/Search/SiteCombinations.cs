using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Search;

/// <summary>
/// All ways to distribute a composition over the Wyckoff positions of a group. They are counted exactly by dynamic programming over
/// (position, element, atoms left), so drawing one is a walk without dead ends and an impossible composition is known at once. A position without
/// free coordinates holds one orbit at most; all others hold any number.
/// </summary>
internal sealed class SiteCombinations
{
    private readonly ImmutableArray<WyckoffPosition> _positions;
    private readonly int[] _counts;
    private readonly int[] _strides;
    private readonly double[] _weights;

    // _ways[step][left]: weighted number of ways to place what is left from this step on; steps are (position, element) pairs.
    private readonly double[][] _ways;

    /// <param name="positions">The positions of the group.</param>
    /// <param name="composition">Atoms per primitive cell.</param>
    /// <param name="fixedSiteWeight">Weight of every orbit on a position without free coordinates; below 1 it favours crystals with free parameters.</param>
    public SiteCombinations(ImmutableArray<WyckoffPosition> positions, Composition composition, double fixedSiteWeight)
    {
        _positions = positions;
        _counts = [.. composition.Counts.Select(c => c.Count)];
        _strides = new int[_counts.Length];
        int states = 1;
        for (int e = 0; e < _counts.Length; e++)
        {
            _strides[e] = states;
            states = checked(states * (_counts[e] + 1));
        }
        _weights = [.. positions.Select(p => p.Freedom == 0 ? fixedSiteWeight : 1)];
        int elements = _counts.Length, steps = positions.Length * elements;
        _ways = new double[steps + 1][];
        _ways[steps] = new double[states];
        _ways[steps][0] = 1;
        for (int p = positions.Length - 1; p >= 0; p--)
        {
            double[] afterwards = _ways[(p + 1) * elements];
            for (int e = elements - 1; e >= 0; e--)
            {
                double[] next = _ways[p * elements + e + 1], ways = new double[states];
                for (int left = 0; left < states; left++)
                {
                    ways[left] = next[left];
                    if (Left(left, e) >= positions[p].Multiplicity)
                    {
                        int after = left - positions[p].Multiplicity * _strides[e];
                        // A fixed position is used up by one orbit; a free one may take another orbit of the same element.
                        ways[left] += _weights[p] * (positions[p].Freedom == 0 ? afterwards[after] : ways[after]);
                    }
                }
                _ways[p * elements + e] = ways;
            }
        }
        Full = states - 1;
    }

    /// <summary>Upper limit of the table for one group; compositions beyond it are refused by the generator.</summary>
    public static bool IsTooLarge(Composition composition) =>
        composition.Counts.Aggregate(1.0, (n, c) => n * (c.Count + 1)) * composition.Counts.Length > 2e5;

    /// <summary>Whether the group can hold the composition.</summary>
    public bool IsPossible => _ways[0][Full] > 0;

    private int Full { get; }

    /// <summary>Draws one combination, by weight: positions with their elements (as indices of the composition's counts).</summary>
    public void Draw(SeededRandom random, List<(int Position, int Element)> orbits)
    {
        orbits.Clear();
        int elements = _counts.Length, left = Full;
        for (int p = 0; p < _positions.Length && left > 0; p++)
        {
            for (int e = 0; e < elements; e++)
            {
                int step = p * elements + e;
                bool used = false;
                while (Left(left, e) >= _positions[p].Multiplicity && !used)
                {
                    double skip = _ways[step + 1][left];
                    if (random.NextDouble() * _ways[step][left] < skip)
                        break;
                    orbits.Add((p, e));
                    left -= _positions[p].Multiplicity * _strides[e];
                    used = _positions[p].Freedom == 0;
                }
                if (used)
                    break;
            }
        }
    }

    private int Left(int state, int element) => state / _strides[element] % (_counts[element] + 1);
}
