using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using Csp.Physics.Symmetry;

namespace Csp.Physics.Search.Operators;

/// <summary>A homogeneous random strain at the parent's volume, with a small rattle.</summary>
internal sealed class Strain : IVariationOperator
{
    public string Name => OperatorNames.Strain;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        Mat3 strain = Mat3.Identity + random.GaussianStrain(Math.Min(reach, 2) * random.Between(0.1, 0.3));
        if (strain.Determinant < 0.3)
            return null;
        double[] moved = parent.Cartesian();
        double sigma = 0.05 * reach * Chance.Spacing(parent);
        for (int i = 0; i < parent.Count; i++)
            (Vec3.At(moved, i) + sigma * random.GaussianVector()).Store(moved, i);
        Crystal rattled = parent.WithCartesian(moved);
        return rattled.WithLattice(rattled.Lattice * strain).ScaledToVolume(parent.Volume);
    }
}

/// <summary>Random displacements and strain that keep a random subgroup of the parent's space group, so that the offspring stays symmetric.</summary>
internal sealed class Symmetrized : IVariationOperator
{
    public string Name => OperatorNames.Symmetrized;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        try
        {
            SymmetryDataset dataset = Spglib.Analyze(parents[0], 0.05);
            if (dataset.Operations.Length < 2)
                return null;
            List<SymmetryOperation> subgroup = Subgroup(dataset.Operations, random);
            (SymmetryProjector projector, Crystal parent) = SymmetryProjector.Of(parents[0], subgroup, 0.05);
            double sigma = reach * random.Between(0.1, 0.5) * Chance.Spacing(parent);
            double[] noise = [.. Enumerable.Range(0, 3 * parent.Count).Select(_ => sigma * random.Gaussian())];
            double[] moved = projector.Forces(noise);
            double[] cartesian = parent.Cartesian();
            // The average over the group shrinks the noise; bring it back to the size that was drawn.
            double shrink = Math.Sqrt(moved.Sum(x => x * x) / noise.Sum(x => x * x));
            for (int k = 0; k < moved.Length; k++)
                cartesian[k] += moved[k] * Math.Min(1 / Math.Max(shrink, 0.1), 4);
            Crystal displaced = parent.WithCartesian(cartesian);
            Mat3 strain = Mat3.Identity + projector.Tensor(random.GaussianStrain(0.15));
            return strain.Determinant < 0.3 ? null : displaced.WithLattice(displaced.Lattice * strain).ScaledToVolume(parent.Volume);
        }
        catch (SymmetryException)
        {
            return null;
        }
    }

    /// <summary>The group that one or two random operations generate.</summary>
    private static List<SymmetryOperation> Subgroup(IReadOnlyList<SymmetryOperation> operations, Random random)
    {
        List<SymmetryOperation> group = [SymmetryOperation.Identity];
        for (int generator = 0; generator <= random.Next(2); generator++)
            Add(group, random.Pick(operations));
        // Closed when no product of two members is new; it never grows beyond the parent's group.
        for (int i = 0; i < group.Count && group.Count <= operations.Count; i++)
        {
            for (int j = 0; j < group.Count; j++)
            {
                Add(group, group[i].After(group[j]));
                Add(group, group[j].After(group[i]));
            }
        }
        return group;
    }

    private static void Add(List<SymmetryOperation> group, SymmetryOperation operation)
    {
        foreach (SymmetryOperation member in group)
        {
            Vec3 shift = operation.Translation - member.Translation;
            shift -= new Vec3(Math.Round(shift.X), Math.Round(shift.Y), Math.Round(shift.Z));
            if (member.Rotation == operation.Rotation && shift.Norm < 0.01)
                return;
        }
        group.Add(operation);
    }
}
