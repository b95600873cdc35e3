using Csp.Physics.Crystals;
using Csp.Physics.Search;
using Xunit;

namespace Csp.Physics.Tests.Search;

public class LabelSelectionSpecs
{
    private static readonly LabelSelectionSettings Settings = new();

    [Fact]
    public void Low_uncertain_and_new_structures_come_first()
    {
        LabelCandidate low = Of(1, 0, 0.02), high = Of(2, 0.3, 0.02), certain = Of(3, 0, 0.001), known = Of(4, 0, 0.02), big = Of(5, 0, 1, "H24S8");
        var picks = LabelSelection.Pick([high, certain, known, low, big], [Fingerprint.Of(known.Crystal)], Settings, 10);
        Assert.Equal([1ul, 3, 2], picks.Select(p => p.Candidate.Source));
        Assert.True(picks[0].Priority > picks[1].Priority && picks[1].Priority > picks[2].Priority);
    }

    [Fact]
    public void The_same_structure_is_picked_once()
    {
        LabelCandidate one = Of(1, 0, 0.02), other = Of(7, 0.01, 0.02);
        LabelCandidate twice = one with { Source = 2, Crystal = Supercell.Build(one.Crystal, 2, 1, 1).Crystal };
        Assert.Equal([1ul, 7], LabelSelection.Pick([one, twice, other], [], Settings, 3).Select(p => p.Candidate.Source));
    }

    [Fact]
    public void A_cell_too_flat_for_a_fingerprint_is_passed_over()
    {
        LabelCandidate sound = Of(1, 0, 0.02), flat = Of(2, 0, 0.02);
        flat = flat with { Crystal = flat.Crystal.WithLattice(Mat3.Diagonal(1e-4, 100, 3400)) };
        Assert.Throws<InvalidOperationException>(() => Fingerprint.Of(flat.Crystal));
        Assert.Equal([1ul], LabelSelection.Pick([flat, sound], [], Settings, 2).Select(p => p.Candidate.Source));
    }

    [Fact]
    public void Rattled_copies_have_zero_point_displacements_and_keep_the_composition()
    {
        Crystal crystal = Of(1, 0, 0).Crystal;
        bool grew = false;
        for (ulong seed = 0; seed < 20; seed++)
        {
            Crystal rattled = LabelSelection.Rattle(crystal, 16, seed);
            Assert.Equal(crystal.Composition.Reduced, rattled.Composition.Reduced);
            Assert.InRange(rattled.Count, 8, 16);
            Assert.InRange(Fingerprint.Distance(Fingerprint.Of(crystal), Fingerprint.Of(rattled)), 0.01, 0.3);
            grew |= rattled.Count == 16;
        }
        Assert.True(grew);
    }

    private static LabelCandidate Of(ulong id, double above, double uncertainty, string formula = "H6S2") =>
        new(id, Starts.Random(formula, 34.0 / 8 * Starts.Elements(formula).Length, 1.0, (int)id), above, uncertainty, LabelOrigin.Relaxed);
}
