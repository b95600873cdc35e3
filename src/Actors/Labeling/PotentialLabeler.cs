using System.Diagnostics;
using Csp.Physics.Crystals;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Potentials;

namespace Csp.Actors.Labeling;

/// <summary>Labels from a potential instead of DFT: a foundation model that teaches a fast one, or a cheap run that tries out a cluster.</summary>
/// <param name="potential">The teacher.</param>
/// <param name="identity">Hash of the potential.</param>
public sealed class PotentialLabeler(IPotential potential, string identity) : ILabeler
{
    public string SettingsHash => identity;

    public Task<LabelOutcome> LabelAsync(Crystal crystal, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        string key = LabelKey.Of(crystal, identity);
        try
        {
            PotentialResult r = potential.Evaluate(crystal);
            return Task.FromResult<LabelOutcome>(new Label(key, crystal, r.Energy, r.Forces, r.Stress, new LabelProvenance(
                potential.Name, identity[..Math.Min(12, identity.Length)], 0, "none", "none", Stopwatch.GetElapsedTime(start).TotalSeconds, 1, FromStore: false)));
        }
        catch (PotentialException e)
        {
            return Task.FromResult<LabelOutcome>(new LabelFailed(key, e.Message, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }
    }
}
