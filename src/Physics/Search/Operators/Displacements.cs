using Csp.Physics.Crystals;
using Csp.Physics.Relaxation;
using MathNet.Numerics.LinearAlgebra;

namespace Csp.Physics.Search.Operators;

/// <summary>Moves every atom at random, up to a third of a neighbour distance.</summary>
internal sealed class Rattle : IVariationOperator
{
    public string Name => OperatorNames.Rattle;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        double sigma = reach * random.Between(0.05, 0.3) * Chance.Spacing(parent);
        double[] moved = parent.Cartesian();
        for (int i = 0; i < parent.Count; i++)
            (Vec3.At(moved, i) + sigma * random.GaussianVector()).Store(moved, i);
        return parent.WithCartesian(moved);
    }
}

/// <summary>A wave of displacements along one lattice vector that runs along another (Lonie and Zurek, Comput. Phys. Commun. 182, 372 (2011)), with a strain.</summary>
internal sealed class Ripple : IVariationOperator
{
    public string Name => OperatorNames.Ripple;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        int direction = random.Next(3), along = (direction + 1 + random.Next(2)) % 3;
        double amplitude = reach * random.Between(0.2, 0.7) * Chance.Spacing(parent), phase = random.Between(0, 2 * Math.PI);
        int waves = 1 + random.Next(2);
        Vec3 unit = 1 / parent.Lattice.Row(direction).Norm * parent.Lattice.Row(direction);
        double[] moved = parent.Cartesian();
        for (int i = 0; i < parent.Count; i++)
        {
            double wave = Math.Cos(2 * Math.PI * waves * parent.FractionalOf(i)[along] + phase);
            (Vec3.At(moved, i) + amplitude * wave * unit).Store(moved, i);
        }
        Crystal rippled = parent.WithCartesian(moved);
        return rippled.WithLattice(rippled.Lattice * (Mat3.Identity + random.GaussianStrain(0.08 * Math.Min(reach, 2))));
    }
}

/// <summary>Slides a slab of the cell along a plane.</summary>
internal sealed class Slip : IVariationOperator
{
    public string Name => OperatorNames.Slip;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        if (parent.Count < 2)
            return null;
        int normal = random.Next(3);
        double start = random.NextDouble(), thickness = random.Between(0.25, 0.75);
        double[] shift = [random.Between(-0.5, 0.5), random.Between(-0.5, 0.5), random.Between(-0.5, 0.5)];
        shift[normal] = 0;
        double[] moved = parent.Fractional.ToArray();
        int slid = 0;
        for (int i = 0; i < parent.Count; i++)
        {
            double depth = moved[3 * i + normal] - start;
            if (depth - Math.Floor(depth) >= thickness)
                continue;
            slid++;
            for (int d = 0; d < 3; d++)
                moved[3 * i + d] += shift[d];
        }
        return slid == 0 || slid == parent.Count ? null : parent.WithFractional(moved);
    }
}

/// <summary>Moves the atoms far along one of the softest modes of a spring model (Lyakhov, Oganov and Valle, Comput. Phys. Commun. 181, 1623 (2010)).</summary>
internal sealed class SoftMutation : IVariationOperator
{
    public string Name => OperatorNames.SoftMutation;

    public int Parents => 1;

    public bool Applies(SearchSettings settings) => true;

    public Crystal? Apply(IReadOnlyList<Crystal> parents, SearchSettings settings, double reach, Random random)
    {
        Crystal parent = parents[0];
        int size = 3 * parent.Count;
        // One atom has no mode, and beyond this size the diagonalisation costs more than a relaxation.
        if (parent.Count < 2 || size > 300)
            return null;
        Matrix<double> hessian = Matrix<double>.Build.Dense(size, size, SpringPreconditioner.Build(parent, relaxCell: false).AtomBlock());
        Matrix<double> modes = hessian.Evd(Symmetricity.Symmetric).EigenVectors;
        // Three translations come first; the softer a mode, the likelier it is taken.
        int mode = 3 + (int)((size - 3) * Math.Pow(random.NextDouble(), 2) * 0.6);
        double[] moved = parent.Cartesian();
        double[] vector = modes.Column(Math.Min(mode, size - 1)).ToArray();
        double largest = 0;
        for (int i = 0; i < parent.Count; i++)
            largest = Math.Max(largest, Vec3.At(vector, i).Norm);
        double amplitude = (random.Next(2) == 0 ? 1 : -1) * reach * random.Between(0.25, 0.8) * Chance.Spacing(parent) / largest;
        for (int k = 0; k < size; k++)
            moved[k] += amplitude * vector[k];
        return parent.WithCartesian(moved);
    }
}
