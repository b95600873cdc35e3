using Csp.Learning.Graphs;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Training;

/// <summary>A family of models that the trainer can fit. Known families are listed in <see cref="TrainableArchitectures"/>.</summary>
public interface ITrainableArchitecture
{
    /// <summary>As in <see cref="TrainingSettings.Architecture"/>, e.g. <c>compact</c>.</summary>
    string Name { get; }

    /// <summary>Whether these bytes are a model of this family (by what their header says; damage shows in <see cref="Load"/>).</summary>
    bool Recognizes(ReadOnlySpan<byte> modelBytes);

    /// <summary>A fresh model for the elements of some structures; statistics such as descriptor scales are taken from them.</summary>
    ITrainableModel Create(IReadOnlyList<Crystal> structures, ulong seed);

    /// <summary>A trained model to go on from, made to accept <paramref name="structures"/> too.</summary>
    /// <exception cref="PotentialException">Not a model of this family, damaged, or an element of the structures is not in it.</exception>
    ITrainableModel Load(ReadOnlyMemory<byte> modelBytes, IReadOnlyList<Crystal> structures);
}

/// <summary>
/// A model with weights, as the trainer sees it. Immutable. Predictions = <see cref="Baseline"/> + what <see cref="Define"/> computes, so that
/// everything that no weight changes (element reference energies, short-range repulsion) is evaluated once per structure and not per step.
/// </summary>
public interface ITrainableModel
{
    /// <summary>Starting values, in a fixed order. Names are unique and become graph inputs.</summary>
    IReadOnlyList<WeightArray> Weights { get; }

    /// <summary>Reference energy per element in eV, part of <see cref="Baseline"/>.</summary>
    IReadOnlyDictionary<Element, double> ReferenceEnergies { get; }

    /// <summary>The same model with other reference energies (fitted by the trainer before the first step of a fresh model).</summary>
    ITrainableModel WithReferenceEnergies(IReadOnlyDictionary<Element, double> energies);

    /// <summary>Energy, forces and stress that do not depend on the weights.</summary>
    PotentialResult Baseline(Crystal crystal);

    /// <summary>Only structures with equal keys are collated into one batch (e.g. the number of atoms, when arrays are [batch, atoms, …]; 0 when any mix will do).</summary>
    int BatchKey(Crystal crystal);

    /// <summary>Rough size of a structure in the units the model likes (edges, atoms × rows, …): batches are limited by its sum.</summary>
    int CostOf(Crystal crystal);

    /// <summary>
    /// All inputs of <see cref="Define"/> other than weights, for a batch. Called once per batch and kept for the whole training, so anything that
    /// depends on positions alone (basis functions, moments and their Jacobians with respect to positions and strain) belongs here and not in the graph.
    /// </summary>
    IReadOnlyDictionary<string, TensorData> Collate(IReadOnlyList<Crystal> batch, Precision precision);

    /// <summary>Adds the prediction to a graph: declares the inputs of <see cref="Collate"/> and uses the weights given by name.</summary>
    Prediction Define(Graph graph, IReadOnlyDictionary<string, Tensor> weights);

    /// <summary>A self-contained model file with the given weights (same order and sizes as <see cref="Weights"/>).</summary>
    byte[] Serialize(IReadOnlyList<WeightArray> weights, ModelProvenance provenance);
}

/// <summary>What a model predicts for a batch of B structures with A atoms in all, without the baseline.</summary>
/// <param name="Energies">[B], eV per cell.</param>
/// <param name="Forces">[A,3], eV/Å, atoms of the structures one after the other.</param>
/// <param name="Virials">[B,9], dE/d(strain) in eV, row-major: the stress times the volume.</param>
public sealed record Prediction(Tensor Energies, Tensor Forces, Tensor Virials);

/// <summary>One array of weights. Values are kept in double precision whatever the graph runs in.</summary>
/// <param name="Name">Unique within the model.</param>
/// <param name="Shape">Row-major.</param>
/// <param name="Values">Product of <paramref name="Shape"/> numbers.</param>
/// <param name="Decay">Whether weight decay applies (matrices yes, biases no).</param>
public sealed record WeightArray(string Name, long[] Shape, double[] Values, bool Decay = true);
