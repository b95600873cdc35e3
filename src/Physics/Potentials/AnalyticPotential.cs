using Csp.Physics.Crystals;

namespace Csp.Physics.Potentials;

/// <summary>
/// A potential given by a short formula: an oracle for tests and a benchmark for searches. A subclass adds up its terms over a
/// neighbour list; positions may have moved since the list was built, as long as no pair has come in from outside its skin.
/// </summary>
public abstract class AnalyticPotential : IPotential
{
    public abstract string Name { get; }

    /// <summary>Å, or 0 when no pair is needed.</summary>
    public abstract double Cutoff { get; }

    public abstract bool Supports(Element element);

    public PotentialResult Evaluate(Crystal crystal)
    {
        RequireSupport(crystal);
        NeighborList list = Build(crystal, Cutoff);
        double[] forces = new double[3 * crystal.Count];
        double energy = Accumulate(crystal, list, crystal.Cartesian(), forces, out Mat3 virial);
        RequireFinite(energy, forces);
        return new PotentialResult(energy, forces, 1 / crystal.Volume * virial);
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        RequireSupport(reference);
        int size = 3 * reference.Count;
        double[] start = reference.Cartesian();
        double largest = 0;
        for (int i = 0; i < positions.Length / 3; i++)
            largest = Math.Max(largest, (Vec3.At(positions, i) - Vec3.At(start, i % reference.Count)).Norm);
        NeighborList list = Build(reference, Cutoff + 2 * largest + 1e-9);
        for (int copy = 0; copy < energies.Length; copy++)
        {
            Span<double> f = forces.Slice(copy * size, size);
            f.Clear();
            energies[copy] = Accumulate(reference, list, positions.Slice(copy * size, size), f, out Mat3 virial);
            RequireFinite(energies[copy], f);
            if (!stresses.IsEmpty)
                (1 / reference.Volume * virial).ToArray().CopyTo(stresses.Slice(9 * copy, 9));
        }
    }

    /// <summary>Adds up energy (eV), forces (eV/Å) and virial dE/d(strain) (eV).</summary>
    /// <param name="crystal">Lattice and elements; its own positions are not used.</param>
    /// <param name="list">Holds at least all pairs within <see cref="Cutoff"/>.</param>
    /// <param name="positions">Cartesian, Å, 3N.</param>
    /// <param name="forces">Zero on entry.</param>
    /// <param name="virial">Out: dE/d(strain), eV.</param>
    protected abstract double Accumulate(Crystal crystal, NeighborList list, ReadOnlySpan<double> positions, Span<double> forces, out Mat3 virial);

    /// <summary>The outer product s·v vᵀ.</summary>
    protected static Mat3 Outer(double s, Vec3 v) => Mat3.FromRows(s * v.X * v, s * v.Y * v, s * v.Z * v);

    private NeighborList Build(Crystal crystal, double cutoff)
    {
        try
        {
            return NeighborList.Build(crystal, cutoff, 2_000_000);
        }
        catch (InvalidOperationException e)
        {
            throw new PotentialException($"{Name} cannot list the neighbours: {e.Message}", e);
        }
    }

    private void RequireSupport(Crystal crystal)
    {
        foreach (Element element in crystal.Elements)
        {
            if (!Supports(element))
                throw new PotentialException($"{Name} was not made for {element.Symbol}");
        }
    }

    private void RequireFinite(double energy, ReadOnlySpan<double> forces)
    {
        bool finite = double.IsFinite(energy);
        foreach (double f in forces)
            finite &= double.IsFinite(f);
        if (!finite)
            throw new PotentialException($"{Name} gives an energy or a force that is not finite: atoms are on top of each other");
    }
}

/// <summary>A sum over pairs of a function of element pair and distance.</summary>
public abstract class PairPotential : AnalyticPotential
{
    /// <summary>Energy (eV) and its derivative (eV/Å) of one pair at a distance below the cutoff.</summary>
    protected abstract (double Energy, double Derivative) Pair(Element a, Element b, double distance);

    protected override double Accumulate(Crystal crystal, NeighborList list, ReadOnlySpan<double> positions, Span<double> forces, out Mat3 virial)
    {
        double energy = 0;
        virial = Mat3.Zero;
        for (int i = 0; i < crystal.Count; i++)
        {
            for (int p = list.First[i]; p < list.First[i + 1]; p++)
            {
                Vec3 r = list.Vector(p, i, positions, crystal.Lattice);
                double d = r.Norm;
                if (d >= Cutoff)
                    continue;
                int j = list.Neighbors[p];
                (double e, double de) = Pair(crystal.Elements[i], crystal.Elements[j], d);
                // Each pair is listed from both of its ends.
                energy += e / 2;
                Vec3 half = de / (2 * d) * r;
                (Vec3.At(forces, i) + half).Store(forces, i);
                (Vec3.At(forces, j) - half).Store(forces, j);
                virial += Outer(de / (2 * d), r);
            }
        }
        return energy;
    }
}
