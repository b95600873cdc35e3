using System.Collections.Immutable;
using System.Globalization;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>Any ONNX file as a potential, if it has the inputs, outputs and metadata of docs/onnx-interface.md. Each call uses one thread.</summary>
public sealed class OnnxPotential : IPotential, IDisposable
{
    /// <summary>The inputs a file may have: row numbers or reals, and their sizes with -1 for atoms and pairs.</summary>
    private static readonly Dictionary<string, (bool IsIndex, int[] Shape)> Known = new()
    {
        ["numbers"] = (true, [-1]),
        ["positions"] = (false, [-1, 3]),
        ["cell"] = (false, [3, 3]),
        ["center"] = (true, [-1]),
        ["neighbor"] = (true, [-1]),
        ["image"] = (false, [-1, 3]),
    };

    private readonly OrtSession _session;
    private readonly double _cutoff;
    private readonly ImmutableHashSet<Element> _elements;

    /// <param name="model">The file.</param>
    /// <param name="name">Used when the file does not name itself.</param>
    /// <exception cref="PotentialException">Not an ONNX file, or one with other inputs, outputs or metadata than the interface says.</exception>
    public OnnxPotential(byte[] model, string name)
    {
        OnnxReferences.Refuse(model);
        try
        {
            _session = new OrtSession(model);
        }
        catch (PotentialException e)
        {
            throw new PotentialException($"the file is neither a model of ours nor an ONNX file that can be run ({UntrustedText.Shown(e.Message.Split('\n')[0].Trim())})", e);
        }
        foreach (string input in _session.InputNames)
            CheckInput(input);
        if (!_session.OutputNames.Contains("energy") || !_session.OutputNames.Contains("forces"))
            throw new PotentialException("the ONNX file must have the outputs 'energy' and 'forces'");
        if (!_session.OutputNames.Contains("virial") && !_session.OutputNames.Contains("stress"))
            throw new PotentialException("the ONNX file must have an output 'virial' or 'stress'");
        foreach (string output in _session.OutputNames)
        {
            if (output is "energy" or "forces" or "virial" or "stress" && !_session.OutputOf(output).IsReal)
                throw new PotentialException($"the output '{output}' of the ONNX file is not made of float32 or float64 numbers");
        }
        _cutoff = double.TryParse(_session.Metadata.GetValueOrDefault("cutoff"), NumberStyles.Float, CultureInfo.InvariantCulture, out double cutoff) && cutoff is > 0 and < 50
            ? cutoff
            : throw new PotentialException("the ONNX file must say its cutoff in Å in the metadata key 'cutoff'");
        _elements = [.. (_session.Metadata.GetValueOrDefault("elements") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(symbol =>
            Element.TryFromSymbol(symbol) ?? throw new PotentialException($"the ONNX file lists '{UntrustedText.Shown(symbol)}', which is not a chemical element"))];
        if (_elements.IsEmpty)
            throw new PotentialException("the ONNX file must list its chemical symbols in the metadata key 'elements'");
        Name = _session.Metadata.GetValueOrDefault("name") is { Length: > 0 and < 100 } own ? UntrustedText.Shown(own) : name;
    }

    public string Name { get; }

    /// <summary>Whether bytes may be an ONNX file: they begin with its format version, a small number.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.Length > 2 && bytes[0] == 0x08 && bytes[1] < 0x40;

    public bool Supports(Element element) => _elements.Contains(element);

    public PotentialResult Evaluate(Crystal crystal)
    {
        if (crystal.Elements.FirstOrDefault(e => !_elements.Contains(e)) is Element missing)
            throw new PotentialException($"{Name} was made for {string.Join(", ", _elements.OrderBy(e => e.Number))} and not for {missing}");
        Dictionary<string, TensorData> outputs = _session.Evaluate(OnnxInputs.Collate(crystal, NeighborList.Build(crystal, _cutoff)));
        double energy = outputs["energy"].Shape.Length == 0 ? outputs["energy"].ToDoubles()[0] : Numbers("energy", 1)[0];
        double[] forces = Numbers("forces", crystal.Count, 3);
        Mat3 stress = outputs.ContainsKey("stress") ? Mat3.FromSpan(Numbers("stress", 3, 3)) : 1 / crystal.Volume * Mat3.FromSpan(Numbers("virial", 3, 3));
        if (!double.IsFinite(energy) || !stress.IsFinite || Array.Exists(forces, f => !double.IsFinite(f)))
            throw new PotentialException($"{Name} gives numbers that are not finite for {crystal}");
        return new PotentialResult(energy, forces, 0.5 * (stress + stress.Transpose));

        double[] Numbers(string output, params long[] shape) => outputs[output].Shape.AsSpan().SequenceEqual(shape)
            ? outputs[output].ToDoubles()
            : throw new PotentialException($"output '{output}' of {Name} has the shape [{string.Join(",", outputs[output].Shape)}] instead of [{string.Join(",", shape)}]");
    }

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        int n = 3 * reference.Count;
        for (int copy = 0; copy < energies.Length; copy++)
        {
            PotentialResult result = Evaluate(reference.WithCartesian(positions.Slice(copy * n, n)));
            energies[copy] = result.Energy;
            result.Forces.CopyTo(forces.Slice(copy * n, n));
            if (!stresses.IsEmpty)
                result.Stress.ToArray().CopyTo(stresses.Slice(9 * copy, 9));
        }
    }

    private void CheckInput(string name)
    {
        if (!Known.TryGetValue(name, out (bool IsIndex, int[] Shape) expected))
            throw new PotentialException($"the ONNX file wants an input '{UntrustedText.Shown(name)}'; a potential gets {string.Join(", ", Known.Keys)}");
        OrtDeclaration input = _session.InputOf(name);
        if (expected.IsIndex ? !input.IsIndex : !input.IsReal)
            throw new PotentialException($"the input '{name}' of the ONNX file must be made of {(expected.IsIndex ? "int64" : "float32 or float64")} numbers");
        bool fits = input.Shape!.Length == expected.Shape.Length && input.Shape.Zip(expected.Shape).All(s => s.First == -1 || s.First == s.Second);
        if (!fits)
            throw new PotentialException($"the input '{name}' of the ONNX file has the shape {Text(input.Shape)} instead of {Text(expected.Shape)}");

        static string Text(int[] shape) => $"[{string.Join(",", shape.Select(s => s == -1 ? "any" : $"{s}"))}]";
    }

    public void Dispose() => _session.Dispose();
}
