using System.Buffers;
using Csp.Physics.Crystals;

namespace Csp.Physics.Sscha;

/// <summary>
/// A fixed ensemble: configurations drawn from a known trial state, with energies, forces and stresses, in Rydberg atomic units and in the block basis.
/// Immutable; every average under another trial state is importance reweighting of these numbers.
/// </summary>
public sealed class SampledEnsemble
{
    /// <param name="generating">The trial state that the configurations were drawn from.</param>
    /// <param name="displacements">From its centroids, bohr, shape [count, Modes], supercell order.</param>
    /// <param name="forces">Ry/bohr, same shape.</param>
    /// <param name="energies">Ry, shape [count].</param>
    /// <param name="stresses">Ry/bohr^3, sigma = +(1/V) dE/d(strain), shape [count, 9].</param>
    /// <param name="volume">Of the supercell, bohr^3.</param>
    /// <param name="group">Consecutive configurations that count as one independent sample: 2 for antithetic pairs.</param>
    /// <exception cref="SschaException">Sizes do not match, or a number is not finite.</exception>
    public SampledEnsemble(
        TrialState generating, ReadOnlySpan<double> displacements, ReadOnlySpan<double> forces, double[] energies, double[] stresses, double volume, int group = 1)
    {
        int n = generating.Basis.Modes;
        Count = energies.Length;
        if (Count < 2)
            throw new SschaException($"an ensemble needs at least two configurations, not {Count}");
        if (displacements.Length != Count * n || forces.Length != Count * n || stresses.Length != 9 * Count)
            throw new SschaException($"the ensemble does not match the supercell: {Count} configurations of {n} coordinates were expected, and {displacements.Length} coordinates, {forces.Length} force components and {stresses.Length / 9} stresses were given");
        RequireFinite(displacements, n, "a position");
        RequireFinite(forces, n, "a force");
        RequireFinite(energies, 1, "the energy");
        RequireFinite(stresses, 9, "the stress");
        Generating = generating;
        Energies = energies;
        Stresses = stresses;
        Volume = volume;
        SampleOf = [.. Enumerable.Range(0, Count).Select(i => i / group)];
        Displacements = generating.Basis.Transform(displacements, Count);
        Forces = generating.Basis.Transform(forces, Count);
        LogDensities = LogDensityUnder(generating);
        (RestEnergies, RestForces, RestStresses) = (Energies, Forces, Stresses);
    }

    /// <summary>Configurations that come with importance weights under the trial state instead of having been drawn from it.</summary>
    internal SampledEnsemble(TrialState state, double[] displacements, double[] forces, double[] energies, double[] stresses, double volume, double[] weights)
        : this(state, displacements, forces, energies, stresses, volume)
    {
        for (int i = 0; i < Count; i++)
            LogDensities[i] -= Math.Log(weights[i]);
    }

    private SampledEnsemble(IReadOnlyList<SampledEnsemble> parts)
    {
        SampledEnsemble last = parts[^1];
        Generating = last.Generating;
        Volume = last.Volume;
        int samples = 0;
        SampleOf = [.. parts.SelectMany(p =>
        {
            int before = samples;
            samples += p.SampleOf[^1] + 1;
            return p.SampleOf.Select(s => s + before);
        })];
        Energies = [.. parts.SelectMany(p => p.Energies)];
        Stresses = [.. parts.SelectMany(p => p.Stresses)];
        Count = Energies.Length;
        int n = Basis.Modes;
        Displacements = new double[n * Count];
        Forces = new double[n * Count];
        int start = 0;
        foreach (SampledEnsemble part in parts)
        {
            double[] shifted = part.DisplacementsFrom(Generating.Centroids);
            for (int i = 0; i < n; i++)
            {
                shifted.AsSpan(i * part.Count, part.Count).CopyTo(Displacements.AsSpan(i * Count + start));
                part.Forces.AsSpan(i * part.Count, part.Count).CopyTo(Forces.AsSpan(i * Count + start));
            }
            start += part.Count;
        }
        double[][] logs = [.. parts.Select(p => LogDensityUnder(p.Generating))];
        LogDensities = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            double largest = logs.Max(l => l[i]), sum = 0;
            for (int k = 0; k < parts.Count; k++)
                sum += (double)parts[k].Count / Count * Math.Exp(logs[k][i] - largest);
            LogDensities[i] = largest + Math.Log(sum);
        }
        (RestEnergies, RestForces, RestStresses) = (Energies, Forces, Stresses);
    }

    /// <summary>The ensemble without the samples whose number modulo <paramref name="parts"/> is <paramref name="part"/>.</summary>
    public SampledEnsemble Without(int part, int parts) => new(this, [.. Enumerable.Range(0, Count).Where(i => SampleOf[i] % parts != part)]);

    private SampledEnsemble(SampledEnsemble whole, int[] kept)
    {
        Generating = whole.Generating;
        Volume = whole.Volume;
        SampleOf = Renumbered(kept.Select(i => whole.SampleOf[i]));
        Count = kept.Length;
        Energies = [.. kept.Select(i => whole.Energies[i])];
        LogDensities = [.. kept.Select(i => whole.LogDensities[i])];
        Stresses = [.. kept.SelectMany(i => whole.Stresses[(9 * i)..(9 * i + 9)])];
        Displacements = new double[Basis.Modes * Count];
        Forces = new double[Basis.Modes * Count];
        for (int row = 0; row < Basis.Modes; row++)
        {
            for (int k = 0; k < Count; k++)
            {
                Displacements[row * Count + k] = whole.Displacements[row * whole.Count + kept[k]];
                Forces[row * Count + k] = whole.Forces[row * whole.Count + kept[k]];
            }
        }
        Known = whole.Known;
        (RestEnergies, RestForces, RestStresses) = (Energies, Forces, Stresses);
        if (Known is null)
            return;
        RestEnergies = [.. kept.Select(i => whole.RestEnergies[i])];
        RestStresses = [.. kept.SelectMany(i => whole.RestStresses[(9 * i)..(9 * i + 9)])];
        RestForces = new double[Forces.Length];
        for (int row = 0; row < Basis.Modes; row++)
        {
            for (int k = 0; k < Count; k++)
                RestForces[row * Count + k] = whole.RestForces[row * whole.Count + kept[k]];
        }
    }

    /// <summary>
    /// Several populations of the same supercell as one ensemble: every configuration counts as drawn from the mixture of all their trial states (the
    /// balance heuristic of Veach and Guibas, SIGGRAPH 1995), which never weighs a configuration more than its own population would.
    /// </summary>
    /// <param name="parts">At least one; the last gives the reference centroids.</param>
    public static SampledEnsemble Merge(IReadOnlyList<SampledEnsemble> parts) => parts.Count == 1 ? parts[0] : new SampledEnsemble(parts);

    public int Count { get; }

    public TrialState Generating { get; }

    public BlochBasis Basis => Generating.Basis;

    /// <summary>Ry.</summary>
    internal double[] Energies { get; }

    /// <summary>Ry/bohr^3, shape [count, 9].</summary>
    internal double[] Stresses { get; }

    /// <summary>bohr^3.</summary>
    internal double Volume { get; }

    /// <summary>Block components, shape [Modes, count].</summary>
    internal double[] Displacements { get; }

    /// <summary>Block components, shape [Modes, count].</summary>
    internal double[] Forces { get; }

    /// <summary>Which independent sample each configuration belongs to, ascending from 0: the two of an antithetic pair, or all of a Sobol sequence, are one.</summary>
    public int[] SampleOf { get; }

    /// <summary>Logarithm of the density that each configuration was drawn from, up to a constant common to all.</summary>
    internal double[] LogDensities { get; }

    /// <summary>A part of the potential whose averages are known; null = none.</summary>
    internal IKnownPart? Known { get; }

    /// <summary>Energies without the known part, Ry.</summary>
    internal double[] RestEnergies { get; }

    /// <summary>Forces without the known part, block components.</summary>
    internal double[] RestForces { get; }

    /// <summary>Stresses without the known part.</summary>
    internal double[] RestStresses { get; }

    /// <summary>The same configurations, with a known part taken out of what is averaged; null puts it back.</summary>
    /// <param name="known">The part.</param>
    /// <param name="firstSample">See <see cref="IKnownPart.RestOf"/>.</param>
    internal SampledEnsemble With(IKnownPart? known, int firstSample = 0) => new(this, known, firstSample);

    private SampledEnsemble(SampledEnsemble same, IKnownPart? known, int firstSample)
    {
        Generating = same.Generating;
        Volume = same.Volume;
        SampleOf = same.SampleOf;
        Count = same.Count;
        Energies = same.Energies;
        Stresses = same.Stresses;
        Displacements = same.Displacements;
        Forces = same.Forces;
        LogDensities = same.LogDensities;
        Known = known;
        (RestEnergies, RestForces, RestStresses) = known?.RestOf(this, firstSample) ?? (Energies, Forces, Stresses);
    }

    /// <summary>Displacements from other centroids; the array is shared when they are the same.</summary>
    internal double[] DisplacementsFrom(double[] centroids)
    {
        double[] gamma = GammaFrom(centroids);
        if (ReferenceEquals(gamma, Displacements))
            return Displacements;
        double[] shifted = (double[])Displacements.Clone();
        gamma.CopyTo(shifted, Basis.Blocks[Basis.GammaBlock].Offset * Count);
        return shifted;
    }

    /// <summary>Only the rows at Γ depend on the centroids: those rows, or <see cref="Displacements"/> itself when the centroids are the same.</summary>
    internal double[] GammaFrom(double[] centroids)
    {
        BlochBlock gamma = Basis.Blocks[Basis.GammaBlock];
        if (centroids.AsSpan().SequenceEqual(Generating.Centroids))
            return Displacements;
        double root = Math.Sqrt(Basis.Cells);
        double[] rows = new double[gamma.Size * Count];
        for (int i = 0; i < gamma.Size; i++)
        {
            System.Numerics.Tensors.TensorPrimitives.Subtract(
                Displacements.AsSpan((gamma.Offset + i) * Count, Count), root * (centroids[i] - Generating.Centroids[i]), rows.AsSpan(i * Count, Count));
        }
        return rows;
    }

    /// <summary>Rows of one block, with Γ as <see cref="GammaFrom"/> gave it.</summary>
    internal ReadOnlySpan<double> Rows(int block, double[] gamma)
    {
        BlochBlock b = Basis.Blocks[block];
        return block == Basis.GammaBlock && !ReferenceEquals(gamma, Displacements)
            ? gamma
            : Displacements.AsSpan(b.Offset * Count, b.Size * Count);
    }

    /// <summary>-Σ ln a - u·Υ·u/2 of every configuration under a trial state.</summary>
    internal double[] LogDensityUnder(TrialState state)
    {
        double[] result = Quadratic(state.Upsilon, GammaFrom(state.Centroids));
        double log = state.LogWidths;
        for (int i = 0; i < result.Length; i++)
            result[i] = -log - 0.5 * result[i];
        return result;
    }

    /// <summary>u·A·u of every configuration, with the rows at Γ from <see cref="GammaFrom"/>.</summary>
    internal double[] Quadratic(BlochMatrix matrix, double[] gamma)
    {
        double[] result = new double[Count];
        double[] buffer = ArrayPool<double>.Shared.Rent(Basis.Blocks.Max(b => b.Size) * Count);
        for (int b = 0; b < Basis.Blocks.Length; b++)
        {
            int size = Basis.Blocks[b].Size;
            ReadOnlySpan<double> u = Rows(b, gamma);
            Dense.Multiply(matrix.Blocks[b], size, size, u, Count, buffer);
            Dense.AddColumnDots(u, buffer, size, Count, result);
        }
        ArrayPool<double>.Shared.Return(buffer);
        return result;
    }

    private static int[] Renumbered(IEnumerable<int> samples)
    {
        List<int> result = [];
        int number = -1, last = -1;
        foreach (int s in samples)
        {
            if (s != last)
                (number, last) = (number + 1, s);
            result.Add(number);
        }
        return [.. result];
    }

    private static void RequireFinite(ReadOnlySpan<double> values, int perConfiguration, string what)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new SschaException($"{what} of configuration {i / perConfiguration + 1} is not a finite number");
        }
    }
}
