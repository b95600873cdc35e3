using System.Globalization;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>What a model must tell to be written as an ONNX file.</summary>
internal interface IOnnxEnergy
{
    /// <summary>Å.</summary>
    double Cutoff { get; }

    IEnumerable<Element> Elements { get; }

    /// <summary>Energy added per structure, eV.</summary>
    double StructureShift { get; }

    /// <summary>Energies of all atoms, [atoms, 1], eV; pairs beyond the cutoff must not matter.</summary>
    /// <param name="g">Graph.</param>
    /// <param name="inputs">Of the file.</param>
    /// <param name="vectors">Pair vectors, [pairs, 3], Å.</param>
    Tensor AtomEnergies(Graph g, OnnxInputs inputs, Tensor vectors);
}

/// <summary>Models as one ONNX file with the inputs and outputs of docs/onnx-interface.md: one, or a committee; for one crystal per call, or a batch.</summary>
internal static class OnnxExport
{
    /// <param name="members">One model, or several for a committee.</param>
    /// <param name="precision">Of the file.</param>
    /// <param name="batch">Crystals per call.</param>
    /// <param name="name">Of the potential.</param>
    /// <exception cref="PotentialException">The members have no element in common.</exception>
    public static byte[] Write(IReadOnlyList<IOnnxEnergy> members, Precision precision, int batch, string name)
    {
        Graph g = new();
        OnnxInputs inputs = OnnxInputs.Declare(g, batch > 1);
        Tensor vectors = inputs.Vectors(g);
        Tensor[] atoms = [.. members.Select(m => m.AtomEnergies(g, inputs, vectors))];
        Tensor[] energies = [.. members.Select((m, k) => PerStructure(atoms[k]) + g.Constant(m.StructureShift))];
        double share = 1.0 / members.Count;
        Tensor slope = g.Grad(atoms.Select(g.Sum).Aggregate(g.Add) * share, vectors)[0];
        Tensor forces = g.ScatterAdd(slope, inputs.Center, "atoms") - g.ScatterAdd(slope, inputs.Neighbor, "atoms");
        Tensor outer = g.MatMul(vectors, g.Constant(Outer.Rows)) * g.MatMul(slope, g.Constant(Outer.Columns));
        Tensor virial = inputs.Structure is null ? g.MatMul(vectors, slope, transposeA: true)
            : g.Reshape(PerStructure(g.ScatterAdd(outer, inputs.Center, "atoms")), OnnxInputs.Structures, 3, 3);
        Tensor mean = energies.Aggregate(g.Add) * share;
        List<(string, Tensor)> outputs =
            [("energy", inputs.Structure is null ? g.Reshape(mean, 1) : g.Reshape(mean, OnnxInputs.Structures)), ("forces", forces), ("virial", virial)];
        if (members.Count > 1)
            outputs.Add(("energies", g.Concat(1, energies)));

        Element[] elements = [.. members.Select(m => m.Elements).Aggregate((a, b) => a.Intersect(b)).OrderBy(e => e.Number)];
        if (elements.Length == 0)
            throw new PotentialException("the members of the committee have no element in common");
        return OnnxEmitter.Emit(outputs, precision, metadata: Metadata(name, members.Max(m => m.Cutoff), elements, batch));

        // Sums over the atoms of each structure, [structures, columns]; one row without batches.
        Tensor PerStructure(Tensor ofAtoms) => inputs.Structure is Tensor structure
            ? g.ScatterAdd(ofAtoms, structure, OnnxInputs.Structures)
            : g.ReduceSum(ofAtoms, 0);
    }

    public static Dictionary<string, string> Metadata(string name, double cutoff, IEnumerable<Element> elements, int batch = 1)
    {
        Dictionary<string, string> metadata = new()
        {
            ["name"] = name,
            ["cutoff"] = cutoff.ToString("R", CultureInfo.InvariantCulture),
            ["elements"] = string.Join(' ', elements.Select(e => e.Symbol)),
        };
        if (batch > 1)
            metadata["batch"] = batch.ToString(CultureInfo.InvariantCulture);
        return metadata;
    }
}
