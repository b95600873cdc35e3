using System.Collections.Immutable;
using System.Globalization;
using Csp.Learning.Checkpoints;
using Csp.Learning.Graphs;
using Csp.Physics.Crystals;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>
/// Any ONNX file as a potential, if it has the inputs, outputs and metadata of docs/onnx-interface.md. Each call uses one thread; copies of a supercell go
/// through a file that takes batches in batches of the size that it names.
/// </summary>
public sealed class OnnxPotential : IPotential, IDisposable
{
    private const int LargestBatch = 10_000;

    /// <summary>The inputs a file may have: row numbers or reals, and their sizes with -1 for atoms, pairs and structures.</summary>
    private static readonly Dictionary<string, (bool IsIndex, int[] Shape)> Known = new()
    {
        ["numbers"] = (true, [-1]),
        ["positions"] = (false, [-1, 3]),
        ["cell"] = (false, [3, 3]),
        ["center"] = (true, [-1]),
        ["neighbor"] = (true, [-1]),
        ["image"] = (false, [-1, 3]),
        ["structure"] = (true, [-1]),
    };

    private readonly OrtSession _session;
    private readonly bool _batched;
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
            throw new PotentialException($"the file is neither a model of ours nor an ONNX file that can be run ({UntrustedText.FirstLine(e.Message)})", e);
        }
        _batched = _session.InputNames.Contains("structure");
        foreach (string input in _session.InputNames)
            CheckInput(input);
        if (!_session.OutputNames.Contains("energy") || !_session.OutputNames.Contains("forces"))
            throw new PotentialException("the ONNX file must have the outputs 'energy' and 'forces'");
        if (!_session.OutputNames.Contains("virial") && !_session.OutputNames.Contains("stress"))
            throw new PotentialException("the ONNX file must have an output 'virial' or 'stress'");
        foreach (string output in _session.OutputNames)
        {
            if (output is "energy" or "forces" or "virial" or "stress" or "energies" && !_session.OutputOf(output).IsReal)
                throw new PotentialException($"the output '{output}' of the ONNX file is not made of float32 or float64 numbers");
        }
        Cutoff = double.TryParse(_session.Metadata.GetValueOrDefault("cutoff"), NumberStyles.Float, CultureInfo.InvariantCulture, out double cutoff) && cutoff is > 0 and < 50
            ? cutoff
            : throw new PotentialException("the ONNX file must say its cutoff in Å in the metadata key 'cutoff'");
        _elements = [.. (_session.Metadata.GetValueOrDefault("elements") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(symbol =>
            Element.TryFromSymbol(symbol) ?? throw new PotentialException($"the ONNX file lists '{UntrustedText.Shown(symbol)}', which is not a chemical element"))];
        if (_elements.IsEmpty)
            throw new PotentialException("the ONNX file must list its chemical symbols in the metadata key 'elements'");
        if (_session.Metadata.TryGetValue("batch", out string? batch))
        {
            Batch = _batched && int.TryParse(batch, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is >= 1 and <= LargestBatch
                ? size
                : throw new PotentialException($"the metadata key 'batch' of the ONNX file must be a whole number up to {LargestBatch}, and it needs the input 'structure'");
        }
        Name = _session.Metadata.GetValueOrDefault("name") is { Length: > 0 and < 100 } own ? UntrustedText.Shown(own) : name;
    }

    public string Name { get; }

    /// <summary>Å.</summary>
    public double Cutoff { get; }

    /// <summary>Crystals that one call takes.</summary>
    public int Batch { get; } = 1;

    /// <summary>The elements it knows, by atomic number.</summary>
    public IEnumerable<Element> Elements => _elements.OrderBy(e => e.Number);

    /// <summary>Whether it tells what each member of a committee says.</summary>
    public bool IsCommittee => _session.OutputNames.Contains("energies");

    /// <summary>Whether bytes may be an ONNX file: they begin with its format version, a small number.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.Length > 2 && bytes[0] == 0x08 && bytes[1] < 0x40;

    public bool Supports(Element element) => _elements.Contains(element);

    public PotentialResult Evaluate(Crystal crystal) => EvaluateTogether([crystal])[0];

    public void EvaluateCopies(Crystal reference, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces, Span<double> stresses)
    {
        int n = 3 * reference.Count;
        for (int first = 0; first < energies.Length; first += Batch)
        {
            Crystal[] copies = new Crystal[Math.Min(Batch, energies.Length - first)];
            for (int k = 0; k < copies.Length; k++)
                copies[k] = reference.WithCartesian(positions.Slice((first + k) * n, n));
            PotentialResult[] results = EvaluateTogether(copies);
            for (int k = 0; k < copies.Length; k++)
            {
                energies[first + k] = results[k].Energy;
                results[k].Forces.CopyTo(forces.Slice((first + k) * n, n));
                if (!stresses.IsEmpty)
                    results[k].Stress.ToArray().CopyTo(stresses.Slice(9 * (first + k), 9));
            }
        }
    }

    public void Dispose() => _session.Dispose();

    // One call; more than one crystal only for a file that takes batches.
    private PotentialResult[] EvaluateTogether(Crystal[] crystals)
    {
        foreach (Crystal crystal in crystals)
        {
            if (crystal.Elements.FirstOrDefault(e => !_elements.Contains(e)) is Element missing)
                throw new PotentialException($"{Name} was made for {string.Join(", ", Elements)} and not for {missing}");
        }
        Dictionary<string, TensorData> outputs = _session.Evaluate(OnnxInputs.Collate(crystals, Cutoff, _batched));
        long count = crystals.Length;
        double[] energies = outputs["energy"].Shape.Length == 0 && !_batched ? outputs["energy"].ToDoubles() : Numbers("energy", count);
        double[] forces = Numbers("forces", crystals.Sum(c => c.Count), 3);
        bool isStress = outputs.ContainsKey("stress");
        double[] virials = _batched ? Numbers(isStress ? "stress" : "virial", count, 3, 3) : Numbers(isStress ? "stress" : "virial", 3, 3);
        double[]? committee = outputs.TryGetValue("energies", out TensorData? all) ? Members(all) : null;
        PotentialResult[] results = new PotentialResult[count];
        int atom = 0;
        for (int s = 0; s < results.Length; s++)
        {
            Crystal crystal = crystals[s];
            double[] own = forces[(3 * atom)..(3 * (atom + crystal.Count))];
            Mat3 stress = (isStress ? 1 : 1 / crystal.Volume) * Mat3.FromSpan(virials.AsSpan(9 * s, 9));
            double? uncertainty = committee is null ? null : CommitteePotential.Spread(committee.AsSpan(s * (committee.Length / results.Length), committee.Length / results.Length)) / crystal.Count;
            if (!double.IsFinite(energies[s]) || !stress.IsFinite || Array.Exists(own, f => !double.IsFinite(f)) || uncertainty is double u && !double.IsFinite(u))
                throw new PotentialException($"{Name} gives numbers that are not finite for {crystal}");
            results[s] = new PotentialResult(energies[s], own, 0.5 * (stress + stress.Transpose), uncertainty);
            atom += crystal.Count;
        }
        return results;

        double[] Numbers(string output, params long[] shape) => outputs[output].Shape.AsSpan().SequenceEqual(shape)
            ? outputs[output].ToDoubles()
            : throw new PotentialException($"output '{output}' of {Name} has the shape [{string.Join(",", outputs[output].Shape)}] instead of [{string.Join(",", shape)}]");

        double[] Members(TensorData data) => data.Shape is [long rows, >= 2] && rows == count
            ? data.ToDoubles()
            : throw new PotentialException($"output 'energies' of {Name} has the shape [{string.Join(",", data.Shape)}] instead of [{count}, two or more]");
    }

    private void CheckInput(string name)
    {
        if (!Known.TryGetValue(name, out (bool IsIndex, int[] Shape) expected))
            throw new PotentialException($"the ONNX file wants an input '{UntrustedText.Shown(name)}'; a potential gets {string.Join(", ", Known.Keys)}");
        if (name == "cell" && _batched)
            expected.Shape = [-1, 3, 3];
        OrtDeclaration input = _session.InputOf(name);
        if (expected.IsIndex ? !input.IsIndex : !input.IsReal)
            throw new PotentialException($"the input '{name}' of the ONNX file must be made of {(expected.IsIndex ? "int64" : "float32 or float64")} numbers");
        bool fits = input.Shape!.Length == expected.Shape.Length && input.Shape.Zip(expected.Shape).All(s => s.First == -1 || s.First == s.Second);
        if (!fits)
            throw new PotentialException($"the input '{name}' of the ONNX file has the shape {Text(input.Shape)} instead of {Text(expected.Shape)}");

        static string Text(int[] shape) => $"[{string.Join(",", shape.Select(s => s == -1 ? "any" : $"{s}"))}]";
    }
}
