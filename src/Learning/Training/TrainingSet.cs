using System.Buffers.Binary;
using System.Security.Cryptography;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>A labelled structure as the trainer uses it.</summary>
/// <param name="Crystal">The structure.</param>
/// <param name="Energy">eV per cell.</param>
/// <param name="Forces">eV/Å, 3N, or null when unknown.</param>
/// <param name="Stress">eV/Å^3, or null when unknown.</param>
/// <param name="Hash">SHA-256 of the structure (elements, lattice, positions): decides about the hold-out.</param>
/// <param name="LabelledHash">SHA-256 of the structure and its labels.</param>
public sealed record TrainingExample(Crystal Crystal, double Energy, double[]? Forces, Mat3? Stress, byte[] Hash, byte[] LabelledHash)
{
    /// <summary>How much it counts in the loss.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Largest force, eV/Å; 0 without forces.</summary>
    public double LargestForce
    {
        get
        {
            double largest = 0;
            for (int i = 0; Forces is not null && i < Crystal.Count; i++)
                largest = Math.Max(largest, Vec3.At(Forces, i).Norm);
            return largest;
        }
    }

    /// <summary>A number in [0,1) that belongs to the structure.</summary>
    public double Lot => BinaryPrimitives.ReadUInt32LittleEndian(Hash) / 4294967296.0;

    /// <exception cref="PotentialException">No energy, or a number that is not finite; says which structure.</exception>
    public static TrainingExample Of(Frame frame, int number)
    {
        Crystal crystal = frame.Crystal;
        if (frame.Energy is not double energy)
            throw new PotentialException($"structure {number} ({crystal.Composition}) has no energy to train on");
        if (!double.IsFinite(energy) || frame.Forces is double[] f && f.Any(v => !double.IsFinite(v)) || frame.Stress is Mat3 s && !s.IsFinite)
            throw new PotentialException($"structure {number} ({crystal.Composition}) has a label that is not a finite number");
        if (frame.Forces is double[] forces && forces.Length != 3 * crystal.Count)
            throw new PotentialException($"structure {number} ({crystal.Composition}) has {forces.Length} force components for {crystal.Count} atoms");
        byte[] hash = HashOf([.. crystal.Elements.Select(e => (double)e.Number), .. crystal.Lattice.ToArray(), .. crystal.Fractional]);
        byte[] labels = HashOf([energy, .. frame.Forces ?? [], double.NaN, .. frame.Stress?.ToArray() ?? []]);
        return new TrainingExample(crystal, energy, frame.Forces, frame.Stress, hash, SHA256.HashData([.. hash, .. labels]));
    }

    private static byte[] HashOf(double[] numbers)
    {
        byte[] bytes = new byte[8 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8 * i), numbers[i]);
        return SHA256.HashData(bytes);
    }
}

/// <summary>The structures of a training, split into those trained on and those held out.</summary>
public sealed class TrainingSet
{
    private TrainingSet(IReadOnlyList<TrainingExample> training, IReadOnlyList<TrainingExample> holdOut)
    {
        Training = training;
        HoldOut = holdOut;
    }

    public IReadOnlyList<TrainingExample> Training { get; }

    public IReadOnlyList<TrainingExample> HoldOut { get; }

    /// <summary>SHA-256 over the sorted hashes of some structures with their labels, hex.</summary>
    public static string HashOf(IEnumerable<TrainingExample> examples)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] own in examples.Select(e => e.LabelledHash).OrderBy(Convert.ToHexString, StringComparer.Ordinal))
            hash.AppendData(own);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// Splits by the hash of each structure, so a structure stays on its side however the data grows: a model trained on from a parent is
    /// still judged by structures that neither has seen.
    /// </summary>
    /// <param name="data">Labelled structures.</param>
    /// <param name="holdOut">Share of them to hold out.</param>
    /// <param name="focus">Weights; null: all count alike.</param>
    /// <param name="others">Labelled structures that are held out as well.</param>
    /// <exception cref="PotentialException">No structures, one with a bad label, or one that is to be trained on and held out.</exception>
    public static TrainingSet Split(IReadOnlyList<Frame> data, double holdOut, TrainingFocus? focus = null, IReadOnlyList<Frame>? others = null)
    {
        if (data.Count == 0)
            throw new PotentialException("there are no structures to train on");
        TrainingExample[] all = [.. data.Select((frame, i) => TrainingExample.Of(frame, i + 1))];
        TrainingExample[] training = [.. all.Where(e => e.Lot >= holdOut)];
        if (training.Length == 0)
            training = all;
        TrainingExample[] apart = [.. (others ?? []).Select((frame, i) => TrainingExample.Of(frame, i + 1))];
        HashSet<string> known = [.. all.Select(e => Convert.ToHexString(e.Hash))];
        int both = Array.FindIndex(apart, e => known.Contains(Convert.ToHexString(e.Hash)));
        if (both >= 0)
            throw new PotentialException($"structure {both + 1} ({apart[both].Crystal.Composition}) of those held out is in the training data too");
        TrainingExample[] held = [.. all.Except(training), .. apart];
        return focus is null ? new TrainingSet(training, held) : new TrainingSet(focus.Apply(training, all), focus.Apply(held, [.. all, .. apart]));
    }
}
