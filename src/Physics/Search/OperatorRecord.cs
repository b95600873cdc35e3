using System.Collections.Immutable;

namespace Csp.Physics.Search;

/// <summary>
/// Success counts of operators and the probabilities that follow: proportional to the recent worth of their offspring (old trials fade), never below a
/// floor. Also how far each operator goes: further while its offspring relax back to their parents, less far otherwise, so that about one in six does.
/// </summary>
internal sealed class OperatorRecord
{
    /// <summary>A trial counts e times less after this many later trials of the same operator.</summary>
    private const double MemoryTrials = 40;

    private const double PriorTrials = 8;
    private const double Further = 1.5;
    private const double LessFar = 0.92;
    private const double ShortestReach = 0.5;
    private const double LongestReach = 4;

    /// <summary>What one operator learns about the stiffness of the crystals counts for the others with this power.</summary>
    private const double Shared = 0.3;

    private readonly Dictionary<string, double> _reach = [];
    private readonly SearchSettings _settings;
    private readonly ImmutableArray<string> _names;
    private readonly Dictionary<string, (int Proposed, int Accepted, double Trials, double Successes)> _counts = [];

    public OperatorRecord(SearchSettings settings, ImmutableArray<string> variations)
    {
        _settings = settings;
        _names = [OperatorNames.Random, .. variations];
        foreach (string name in _names)
            _counts[name] = default;
    }

    public ImmutableArray<OperatorShare> Shares
    {
        get
        {
            double[] shares = Probabilities();
            return [.. _names.Select((name, k) => new OperatorShare(name, shares[k], _counts[name].Proposed, _counts[name].Accepted))];
        }
    }

    /// <summary>Amplitude in units of the usual one.</summary>
    public double Reach(string name) => _reach.GetValueOrDefault(name, 1);

    /// <summary>An offspring was relaxed: it came back to a parent or went elsewhere.</summary>
    public void Learn(string name, bool cameBack)
    {
        double change = cameBack ? Further : LessFar;
        foreach (string other in _names)
            _reach[other] = Math.Clamp(Reach(other) * (other == name ? change : Math.Pow(change, Shared)), ShortestReach, LongestReach);
    }

    public int Proposed(string name) => _counts.GetValueOrDefault(name).Proposed;

    public string Draw(Random random)
    {
        double[] shares = Probabilities();
        double x = random.NextDouble();
        for (int k = 0; k < shares.Length; k++)
        {
            x -= shares[k];
            if (x < 0)
                return _names[k];
        }
        return _names[^1];
    }

    /// <summary>Seeds and operators of another search are not counted.</summary>
    public void CountProposal(string name)
    {
        if (_counts.TryGetValue(name, out (int Proposed, int Accepted, double Trials, double Successes) c))
            _counts[name] = c with { Proposed = c.Proposed + 1 };
    }

    /// <summary>Seeds and operators of another search are not counted.</summary>
    /// <param name="name">The operator.</param>
    /// <param name="accepted">Whether its offspring entered the pool.</param>
    /// <param name="worth">0 to 1: how much that counts.</param>
    public void Credit(string name, bool accepted, double worth)
    {
        if (!_counts.TryGetValue(name, out (int Proposed, int Accepted, double Trials, double Successes) c))
            return;
        double fade = Math.Exp(-1 / MemoryTrials);
        _counts[name] = (c.Proposed, c.Accepted + (accepted ? 1 : 0), fade * c.Trials + 1, fade * c.Successes + (accepted ? worth : 0));
    }

    /// <summary>Worth before anything is known: ground states are mostly symmetric, so operators that give symmetry start ahead.</summary>
    private static double Prior(string name) => name switch { OperatorNames.Twin => 1, OperatorNames.Symmetrized => 0.3, _ => 0.1 };

    private double[] Probabilities()
    {
        double[] floors = [.. _names.Select(n => n == OperatorNames.Random ? _settings.MinRandomShare : _settings.MinOperatorShare)];
        // The floors alone may not exceed the whole.
        double scale = Math.Min(1, 1 / floors.Sum());
        double free = 1 - scale * floors.Sum();
        double[] merit = [.. _names.Select(n => (_counts[n].Successes + PriorTrials * Prior(n)) / (_counts[n].Trials + PriorTrials))];
        double total = merit.Sum();
        return [.. floors.Select((floor, k) => scale * floor + free * merit[k] / total)];
    }
}
