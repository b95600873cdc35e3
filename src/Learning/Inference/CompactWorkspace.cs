using System.Numerics;
using System.Runtime.CompilerServices;
using Csp.Learning.Architectures;

namespace Csp.Learning.Inference;

/// <summary>Neighbours of the current atom, grouped by species, each group padded to whole registers with neighbours at the cutoff, which do nothing.</summary>
internal sealed class NeighborBlock<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public NeighborBlock(int capacity, int species)
    {
        Capacity = capacity;
        X = new(capacity);
        Y = new(capacity);
        Z = new(capacity);
        ForceX = new(capacity);
        ForceY = new(capacity);
        ForceZ = new(capacity);
        Atom = new int[capacity];
        Start = new int[species + 1];
        Used = new int[species];
    }

    public int Capacity { get; }

    /// <summary>Vector from the centre to the neighbour, Å.</summary>
    public AlignedBuffer<T> X { get; }

    public AlignedBuffer<T> Y { get; }

    public AlignedBuffer<T> Z { get; }

    /// <summary>Derivative of the centre's energy with respect to that vector, eV/Å.</summary>
    public AlignedBuffer<T> ForceX { get; }

    public AlignedBuffer<T> ForceY { get; }

    public AlignedBuffer<T> ForceZ { get; }

    public int[] Atom { get; }

    /// <summary>Shape [species + 1]: where the group of each species begins.</summary>
    public int[] Start { get; }

    /// <summary>Shape [species]: neighbours in the group without the padding.</summary>
    public int[] Used { get; }

    /// <summary>Adds the forces to the centre i and takes them from the neighbours, eV/Å.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Scatter(int i, Span<double> forces)
    {
        T* forceX = ForceX.Pointer, forceY = ForceY.Pointer, forceZ = ForceZ.Pointer;
        double x = 0, y = 0, z = 0;
        fixed (int* atom = Atom)
        fixed (double* force = forces)
        {
            for (int t = 0; t < Used.Length; t++)
            {
                int start = Start[t], end = start + Used[t];
                for (int b = start; b < end; b++)
                {
                    double fx = double.CreateTruncating(forceX[b]), fy = double.CreateTruncating(forceY[b]), fz = double.CreateTruncating(forceZ[b]);
                    double* target = force + 3 * atom[b];
                    target[0] -= fx;
                    target[1] -= fy;
                    target[2] -= fz;
                    x += fx;
                    y += fy;
                    z += fz;
                }
            }
            force[3 * i] += x;
            force[3 * i + 1] += y;
            force[3 * i + 2] += z;
        }
    }
}

/// <summary>Everything one thread needs to evaluate a compact potential; also keeps the last neighbour list for the next, similar crystal.</summary>
internal sealed class CompactWorkspace<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly CompactSettings _settings;
    private readonly int _species;
    private readonly int _lanes;

    public CompactWorkspace(CompactSettings settings, int species, int lanes)
    {
        _settings = settings;
        _species = species;
        _lanes = lanes;
        int moments = settings.AngularChannels * CompactSettings.Harmonics;
        Descriptors = new(CompactWeights<T>.Padded(settings.Descriptors, lanes));
        Slopes = new(Descriptors.Count);
        HiddenSlopes = new(CompactWeights<T>.Padded(settings.Hidden, lanes));
        RadialSums = new(species * settings.RadialBasis);
        RadialSlopes = new(species * settings.RadialBasis);
        Moments = new(moments);
        MomentSlopes = new(moments);
        Registers = new(64 * lanes);
        Reserve(256);
    }

    public CompactNeighbors? Neighbors { get; set; }

    /// <summary>Neighbours within the angular cutoff.</summary>
    public NeighborBlock<T> Near { get; private set; } = null!;

    /// <summary>Neighbours between the angular and the radial cutoff.</summary>
    public NeighborBlock<T> Far { get; private set; } = null!;

    /// <summary>Contracted radial functions of the near neighbours, shape [angular channels, capacity].</summary>
    public AlignedBuffer<T> Radial { get; private set; } = null!;

    /// <summary>Their derivatives.</summary>
    public AlignedBuffer<T> RadialSlope { get; private set; } = null!;

    /// <summary>Harmonics of the near neighbours, shape [24, capacity].</summary>
    public AlignedBuffer<T> Harmonics { get; private set; } = null!;

    public AlignedBuffer<T> Descriptors { get; }

    public AlignedBuffer<T> Slopes { get; }

    public AlignedBuffer<T> HiddenSlopes { get; }

    public AlignedBuffer<T> RadialSums { get; }

    public AlignedBuffer<T> RadialSlopes { get; }

    /// <summary>A_n,lm, shape [angular channels, 24].</summary>
    public AlignedBuffer<T> Moments { get; }

    /// <summary>dE/dA_n,lm.</summary>
    public AlignedBuffer<T> MomentSlopes { get; }

    /// <summary>Scratch of 64 registers.</summary>
    public AlignedBuffer<T> Registers { get; }

    /// <summary>Squared distance of every atom from the training domain.</summary>
    public double[] Distances { get; private set; } = [];

    public double[] ShiftVectors { get; private set; } = [];

    public double[] Virial { get; } = new double[6];

    /// <summary>Makes room for so many neighbours of one atom, cell vectors and atoms.</summary>
    public void Reserve(int neighbors, int shifts = 0, int atoms = 0)
    {
        if (Distances.Length < atoms)
            Distances = new double[atoms];
        int capacity = CompactWeights<T>.Padded(neighbors + _species * _lanes, _lanes);
        if (Near is null || Near.Capacity < capacity)
        {
            Near = new(capacity, _species);
            Far = new(capacity, _species);
            Radial = new(capacity * _settings.AngularChannels);
            RadialSlope = new(capacity * _settings.AngularChannels);
            Harmonics = new(capacity * CompactSettings.Harmonics);
        }
        if (ShiftVectors.Length < 3 * shifts)
            ShiftVectors = new double[3 * shifts];
    }
}
