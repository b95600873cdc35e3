using System.Numerics.Tensors;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>
/// Several potentials as one: energies, forces and stresses are their means, and the uncertainty is the standard deviation of the members'
/// energies in eV/atom (n - 1 in the denominator). Energies must be on one scale.
/// </summary>
public sealed class CommitteePotential : IPotential
{
    private readonly IPotential[] _members;

    /// <param name="members">At least two.</param>
    /// <exception cref="PotentialException">Fewer than two members.</exception>
    public CommitteePotential(IReadOnlyList<IPotential> members)
    {
        if (members.Count < 2)
            throw new PotentialException($"a committee needs at least two potentials, not {members.Count}");
        _members = [.. members];
        Name = $"committee of {string.Join(", ", members.Select(m => m.Name))}";
    }

    public string Name { get; }

    public bool Supports(Element element) => _members.All(m => m.Supports(element));

    public PotentialResult Evaluate(Crystal crystal)
    {
        PotentialResult[] answers = [.. _members.Select(m => m.Evaluate(crystal))];
        double[] forces = new double[3 * crystal.Count];
        Mat3 stress = Mat3.Zero;
        foreach (PotentialResult answer in answers)
        {
            TensorPrimitives.Add(forces, answer.Forces, forces);
            stress += answer.Stress;
        }
        TensorPrimitives.Multiply(forces, 1.0 / answers.Length, forces);
        double[] energies = [.. answers.Select(a => a.Energy)];
        return new PotentialResult(energies.Average(), forces, 1.0 / answers.Length * stress, Spread(energies) / crystal.Count);
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        double[] e = new double[energies.Length], f = new double[forces.Length], s = new double[stresses.Length];
        energies.Clear();
        forces.Clear();
        stresses.Clear();
        foreach (IPotential member in _members)
        {
            member.EvaluateCopies(reference, positions, e, f, s);
            AddShare(e, energies);
            AddShare(f, forces);
            AddShare(s, stresses);
        }
    }

    /// <summary>Standard deviation, n - 1 in the denominator.</summary>
    internal static double Spread(ReadOnlySpan<double> energies)
    {
        double mean = TensorPrimitives.Sum(energies) / energies.Length, sum = 0;
        foreach (double e in energies)
            sum += (e - mean) * (e - mean);
        return Math.Sqrt(sum / (energies.Length - 1));
    }

    private void AddShare(double[] part, Span<double> sum) => TensorPrimitives.MultiplyAdd(part, 1.0 / _members.Length, sum, sum);
}
