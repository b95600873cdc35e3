using System.Globalization;
using Csp.Physics.Crystals;

namespace Csp.Physics.Relaxation;

/// <summary>Holds structures against <see cref="GuardRails"/>; every answer is null or one sentence.</summary>
public static class GuardCheck
{
    /// <summary>Evaluations that a structure may use to come down from large forces.</summary>
    private const int Grace = 10;

    /// <summary>What a structure shows before any evaluation: volume, shape of the cell, distances.</summary>
    public static string? Geometry(Crystal crystal, GuardRails guards)
    {
        double volume = crystal.Volume / crystal.Count;
        if (!(volume >= guards.MinVolumePerAtom))
            return Text($"the volume of {volume:G3} Å^3 per atom is below {guards.MinVolumePerAtom:G3}: the cell collapses");
        if (!(volume <= guards.MaxVolumePerAtom))
            return Text($"the volume of {volume:G3} Å^3 per atom is above {guards.MaxVolumePerAtom:G3}: the cell flies apart");
        if (!(LatticeReduction.Aspect(crystal.Lattice) <= guards.MaxAspect))
        {
            double aspect = LatticeReduction.Aspect(LatticeReduction.ChangeOf(crystal.Lattice) * crystal.Lattice);
            if (!(aspect <= guards.MaxAspect))
                return Text($"the heights of the cell differ by a factor of {aspect:G3}, more than {guards.MaxAspect:G3}");
        }
        return Distances(crystal, guards.MinDistanceFactor);
    }

    /// <summary>What an evaluated structure shows: forces and uncertainty.</summary>
    /// <param name="maxForce">Largest force component, eV/Å.</param>
    /// <param name="uncertainty">eV/atom, where the potential reports one.</param>
    /// <param name="evaluations">Evaluations so far.</param>
    /// <param name="guards">The limits.</param>
    public static string? Answer(double maxForce, double? uncertainty, int evaluations, GuardRails guards)
    {
        if (evaluations > Grace && !(maxForce <= guards.MaxForce))
            return Text($"a force of {maxForce:G3} eV/Å is left after {evaluations} evaluations, more than {guards.MaxForce:G3}");
        if (evaluations > Grace && guards.MaxUncertainty is double limit && uncertainty is double u && !(u <= limit))
            return Text($"the model is uncertain by {1000 * u:F0} meV/atom, more than {1000 * limit:F0}");
        return null;
    }

    private static string? Distances(Crystal crystal, double factor)
    {
        double radius = 0;
        foreach (Element element in crystal.Elements)
            radius = Math.Max(radius, element.CovalentRadius);
        if (factor * radius <= 0)
            return null;
        NeighborList list;
        try
        {
            list = NeighborList.Build(crystal, 2 * factor * radius, 200_000);
        }
        catch (InvalidOperationException)
        {
            return "the atoms are so close together that their neighbours cannot be listed";
        }
        if (list.PairCount == 0)
            return null;
        double[] cartesian = crystal.Cartesian();
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                int j = list.Neighbors[p];
                double d = list.Vector(p, i, cartesian, crystal.Lattice).Norm;
                double limit = factor * (crystal.Elements[i].CovalentRadius + crystal.Elements[j].CovalentRadius);
                if (d < limit)
                    return Text($"atoms {i + 1} ({crystal.Elements[i]}) and {j + 1} ({crystal.Elements[j]}) are {d:F3} Å apart, less than {limit:F3}");
            }
        }
        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
