using System.Collections.Immutable;
using Csp.Physics.Crystals;
using Csp.Physics.Search.Operators;

namespace Csp.Physics.Search;

/// <summary>How a structure came to be considered for a label.</summary>
public enum LabelOrigin
{
    /// <summary>Relaxed.</summary>
    Relaxed,

    /// <summary>On the way of a relaxation.</summary>
    Intermediate,

    /// <summary>A relaxed one with displaced atoms.</summary>
    Rattled,

    /// <summary>As proposed, not relaxed.</summary>
    Unrelaxed,
}

/// <summary>A structure that could be sent to DFT.</summary>
/// <param name="Source">Id of the proposal it comes from.</param>
/// <param name="Crystal">The structure.</param>
/// <param name="EnthalpyAboveBest">eV/atom above the best of the pool, by one model version.</param>
/// <param name="Uncertainty">eV/atom, where the model reports one.</param>
/// <param name="Origin">See <see cref="LabelOrigin"/>.</param>
public sealed record LabelCandidate(ulong Source, Crystal Crystal, double EnthalpyAboveBest, double? Uncertainty, LabelOrigin Origin);

/// <summary>A structure to label; higher priority first.</summary>
public sealed record LabelPick(LabelCandidate Candidate, double Priority);

/// <summary>What to prefer for labels.</summary>
public sealed record LabelSelectionSettings
{
    /// <summary>Structures this far above the best, eV/atom, are e times less urgent.</summary>
    public double Window { get; init; } = 0.1;

    /// <summary>Uncertainty at which a structure is certainly wanted, eV/atom.</summary>
    public double UncertaintyScale { get; init; } = 0.02;

    /// <summary>Distance to the nearest labelled structure (<see cref="Fingerprint.Distance"/>, Å) at which a structure counts as new.</summary>
    public double NoveltyScale { get; init; } = 0.1;

    /// <summary>Structures closer than this to a labelled one, Å, are never labelled.</summary>
    public double SameAs { get; init; } = 0.005;

    /// <summary>Larger cells are never labelled.</summary>
    public int MaxAtoms { get; init; } = 16;

    /// <summary>Candidates that are looked at closely, best first by everything but novelty.</summary>
    public int Shortlist { get; init; } = 300;
}

/// <summary>
/// Which structures DFT should compute next: priority = exp(−ΔH/window) × uncertainty × novelty × origin. Uncertainty and novelty count in units
/// of their scales, at most 1 and at least a tenth; where the model reports no uncertainty it counts one half. Picks are taken greedily, and
/// each one makes its like less novel.
/// </summary>
public static class LabelSelection
{
    /// <summary>Zero-point deviation of an atom of 1 amu along each axis, squared, Å^2: ħ²/(2 m ħω) with ħω = 0.16 eV·(m/amu)^-1/2.</summary>
    private const double ZeroPointVariance = 0.0131;

    /// <summary>Up to <paramref name="count"/> structures, mutually different, highest priority first.</summary>
    /// <param name="candidates">In any order; those with an enthalpy that is not a number, too many atoms, or no fingerprint (<see cref="Fingerprint.TryOf"/>) are passed over.</param>
    /// <param name="labelled">What has a label or is queued for one.</param>
    /// <param name="settings">Scales.</param>
    /// <param name="count">Number wanted.</param>
    public static ImmutableArray<LabelPick> Pick(
        IEnumerable<LabelCandidate> candidates, IReadOnlyList<Fingerprint> labelled, LabelSelectionSettings settings, int count)
    {
        List<(LabelCandidate Candidate, double Merit, Fingerprint Print)> shortlist =
            [.. candidates
                .Where(c => double.IsFinite(c.EnthalpyAboveBest) && c.Crystal.Count <= settings.MaxAtoms)
                .Select(c => (Candidate: c, Merit: Merit(c, settings)))
                .OrderByDescending(c => c.Merit).ThenBy(c => c.Candidate.Source)
                .Select(c => (c.Candidate, c.Merit, Print: Fingerprint.TryOf(c.Candidate.Crystal)!))
                .Where(c => c.Print is not null)
                .Take(settings.Shortlist)];
        Fingerprint[] prints = [.. shortlist.Select(c => c.Print)];
        double[] novelty = [.. prints.Select(p => labelled.Count == 0 ? double.PositiveInfinity : labelled.Min(l => Fingerprint.Distance(l, p)))];
        ImmutableArray<LabelPick>.Builder picks = ImmutableArray.CreateBuilder<LabelPick>();
        while (picks.Count < count)
        {
            (int best, double priority) = (-1, 0);
            for (int k = 0; k < prints.Length; k++)
            {
                double p = novelty[k] < settings.SameAs ? 0 : shortlist[k].Merit * Fraction(novelty[k], settings.NoveltyScale);
                if (p > priority)
                    (best, priority) = (k, p);
            }
            if (best < 0)
                break;
            picks.Add(new LabelPick(shortlist[best].Candidate, priority));
            for (int k = 0; k < prints.Length; k++)
                novelty[k] = Math.Min(novelty[k], Fingerprint.Distance(prints[k], prints[best]));
        }
        return picks.ToImmutable();
    }

    /// <summary>
    /// A copy with Gaussian displacements of about the size of zero-point motion (half to one and a half of σ² = 0.0131 Å²/√(m/amu)) and a
    /// strain of about 1.5 %, in the cell or a small supercell of at most <paramref name="maxAtoms"/> atoms.
    /// </summary>
    public static Crystal Rattle(Crystal crystal, int maxAtoms, ulong seed)
    {
        Random random = Chance.Stream(seed, (ulong)crystal.Count);
        Crystal cell = LatticeReduction.Reduce(crystal);
        int copies = 1 + random.Next(Math.Max(1, maxAtoms / cell.Count));
        if (copies > 1)
            cell = Supercell.Build(cell, copies, 1, 1).Crystal;
        double scale = random.Between(0.5, 1.5);
        double[] moved = cell.Cartesian();
        for (int i = 0; i < cell.Count; i++)
        {
            double sigma = scale * Math.Sqrt(ZeroPointVariance / Math.Sqrt(cell.Elements[i].Mass));
            (Vec3.At(moved, i) + sigma * random.GaussianVector()).Store(moved, i);
        }
        Crystal rattled = cell.WithCartesian(moved);
        return rattled.WithLattice(rattled.Lattice * (Mat3.Identity + random.GaussianStrain(0.015)));
    }

    private static double Merit(LabelCandidate candidate, LabelSelectionSettings settings)
    {
        double window = Math.Exp(-Math.Max(0, candidate.EnthalpyAboveBest) / settings.Window);
        double uncertainty = candidate.Uncertainty is double u ? Fraction(u, settings.UncertaintyScale) : 0.5;
        double origin = candidate.Origin switch
        {
            LabelOrigin.Relaxed => 1,
            LabelOrigin.Rattled => 0.7,
            LabelOrigin.Intermediate => 0.5,
            _ => 0.4,
        };
        return window * uncertainty * origin;
    }

    private static double Fraction(double value, double scale) => Math.Clamp(value / scale, 0.1, 1);
}
