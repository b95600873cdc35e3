using System.Runtime.Intrinsics;
using Csp.Learning.Architectures;
using Csp.Learning.Uncertainty;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>Precision of the arithmetic inside a kernel; distances, sums over atoms and results are double always.</summary>
public enum KernelPrecision
{
    /// <summary>Forces good to about 1e-12 eV/Å: phonons, Hessians, tight relaxations.</summary>
    Double,

    /// <summary>Forces good to about 1e-5 eV/Å.</summary>
    Single,
}

/// <summary>
/// The compact potential on SIMD registers: microseconds per atom. Safe to call from any number of threads at once. Each thread keeps the
/// neighbour list of the last crystal it saw, with a skin, so consecutive calls for slightly different crystals (the steps of a relaxation)
/// cost no search for neighbours; nothing has to be done for that by the caller.
/// </summary>
public sealed class CompactPotential : IPotential
{
    /// <summary>Å that an atom may move before the neighbour list is built again.</summary>
    private const double Slack = 0.2;

    private readonly CompactModel _model;
    private readonly ICompactKernel _kernel;

    public CompactPotential(CompactModel model, string name = "compact", KernelPrecision precision = KernelPrecision.Double)
    {
        _model = model;
        Name = name;
        _kernel = (precision, Vector512.IsHardwareAccelerated) switch
        {
            (KernelPrecision.Double, true) => new CompactKernel<Lanes512Double, double>(model),
            (KernelPrecision.Double, false) => new CompactKernel<Lanes256Double, double>(model),
            (_, true) => new CompactKernel<Lanes512Single, float>(model),
            (_, false) => new CompactKernel<Lanes256Single, float>(model),
        };
    }

    internal CompactPotential(CompactModel model, ICompactKernel kernel)
    {
        _model = model;
        _kernel = kernel;
        Name = kernel.GetType().Name;
    }

    public string Name { get; }

    public CompactModel Model => _model;

    public bool Supports(Element element) => _model.Supports(element);

    public PotentialResult Evaluate(Crystal crystal)
    {
        (double energy, double[] forces, Mat3 stress) = EnergyForcesStress(crystal);
        double? uncertainty = _model.Domain?.Uncertainty(_kernel.LastDistances[..crystal.Count]);
        return new PotentialResult(energy, forces, stress, uncertainty);
    }

    /// <summary>What each atom contributes to the uncertainty of a crystal: standard error of its energy, eV; null when the model knows none.</summary>
    /// <exception cref="PotentialException">As <see cref="Evaluate"/>.</exception>
    public double[]? AtomUncertainties(Crystal crystal)
    {
        if (_model.Domain is not TrainingDomain domain)
            return null;
        EnergyForcesStress(crystal);
        ReadOnlySpan<double> distances = _kernel.LastDistances[..crystal.Count];
        double[] result = new double[crystal.Count];
        for (int i = 0; i < result.Length; i++)
            result[i] = domain.Scale * Math.Sqrt(distances[i]);
        return result;
    }

    private (double Energy, double[] Forces, Mat3 Stress) EnergyForcesStress(Crystal crystal)
    {
        int[] species = _model.SpeciesOf(crystal);
        CompactNeighbors? neighbors = _kernel.LastNeighbors;
        if (neighbors is null || !neighbors.Covers(crystal, _model.Cutoff))
        {
            double[] slack = new double[crystal.Count];
            Array.Fill(slack, Slack);
            neighbors = CompactNeighbors.Build(crystal, species, _model.Species.Length, _model.Cutoff, slack);
            _kernel.LastNeighbors = neighbors;
        }
        double[] forces = new double[3 * crystal.Count];
        Span<double> virial = stackalloc double[9];
        double energy = _kernel.Evaluate(neighbors, species, crystal.Cartesian(), crystal.Lattice, forces, virial);
        Check(crystal, energy, forces);
        return (energy, forces, 1 / crystal.Volume * Mat3.FromSpan(virial));
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        int size = 3 * reference.Count, copies = energies.Length;
        if (positions.Length != copies * size || forces.Length != copies * size || !stresses.IsEmpty && stresses.Length != 9 * copies)
            throw new ArgumentException($"{copies} copies of {reference.Count} atoms need {copies * size} coordinates and force components and {9 * copies} stress components");
        int[] species = _model.SpeciesOf(reference);
        CompactNeighbors neighbors = CompactNeighbors.Build(reference, species, _model.Species.Length, _model.Cutoff, Displacements(reference, positions));
        Span<double> virial = stackalloc double[9];
        for (int copy = 0; copy < copies; copy++)
        {
            Span<double> own = forces.Slice(copy * size, size);
            energies[copy] = _kernel.Evaluate(neighbors, species, positions.Slice(copy * size, size), reference.Lattice, own, virial);
            Check(reference, energies[copy], own);
            if (stresses.IsEmpty)
                continue;
            for (int v = 0; v < 9; v++)
                stresses[9 * copy + v] = virial[v] / reference.Volume;
        }
    }

    /// <summary>Farthest that each atom moves from the reference in any copy, Å.</summary>
    private static double[] Displacements(Crystal reference, ReadOnlySpan<double> positions)
    {
        double[] origin = reference.Cartesian(), farthest = new double[reference.Count];
        for (int at = 0; at < positions.Length; at += origin.Length)
        {
            for (int i = 0; i < farthest.Length; i++)
                farthest[i] = Math.Max(farthest[i], (Vec3.At(positions[at..], i) - Vec3.At(origin, i)).NormSquared);
        }
        for (int i = 0; i < farthest.Length; i++)
        {
            farthest[i] = Math.Sqrt(farthest[i]);
            if (!(farthest[i] < 100))
                throw new PotentialException($"atom {i + 1} of a displaced copy of {reference} is {farthest[i]:G3} Å away from where it belongs");
        }
        return farthest;
    }

    private static void Check(Crystal crystal, double energy, ReadOnlySpan<double> forces)
    {
        bool finite = double.IsFinite(energy);
        foreach (double f in forces)
            finite &= double.IsFinite(f);
        if (!finite)
            throw new PotentialException($"the compact potential has no finite energy and forces for {crystal}: atoms coincide, or a coordinate is not a number");
    }
}

/// <summary>One precision and register width of the kernel.</summary>
internal interface ICompactKernel
{
    /// <summary>The list that this thread used last.</summary>
    CompactNeighbors? LastNeighbors { get; set; }

    /// <summary>Squared distance of every atom from the training domain in this thread's last evaluation; at least one number per atom, 0 when the model has no domain.</summary>
    ReadOnlySpan<double> LastDistances { get; }

    /// <summary>Energy (eV), forces (eV/Å, 3N, overwritten) and dE/d(strain) (eV, 9, overwritten).</summary>
    double Evaluate(CompactNeighbors neighbors, ReadOnlySpan<int> species, ReadOnlySpan<double> positions, in Mat3 lattice, Span<double> forces, Span<double> virial);
}
