using System.Security.Cryptography;
using Csp.Learning.Architectures;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Architectures.M3GNet;
using Csp.Learning.Architectures.TensorNet;
using Csp.Learning.Graphs;
using Csp.Physics.Potentials;

namespace Csp.Learning.Inference;

/// <summary>Model files as potentials, whatever family they are of.</summary>
public static class PotentialFile
{
    private const long SizeLimit = 1L << 31;

    private static readonly Dictionary<string, Family> Families = new()
    {
        [CompactModelFile.Architecture] = new((file, name) => new CompactPotential(CompactModelFile.Read(file), name), file => new CompactOnnx(CompactModelFile.Read(file))),
        [M3GNetModel.Family] = EdgeGraphs(M3GNetModel.Read),
        [TensorNetModel.Family] = EdgeGraphs(TensorNetModel.Read),
    };

    /// <summary>The potential of a model file.</summary>
    /// <exception cref="PotentialException">The file is missing or unreadable, no model file, damaged, or of an unknown family.</exception>
    public static IPotential Load(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            return FromBytes(bytes);
        }
        catch (PotentialException e)
        {
            throw new PotentialException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The potential of a model file's bytes: one of ours, or any ONNX file that honours docs/onnx-interface.md. Its name is the family and the first digits of the hash of the bytes.</summary>
    /// <exception cref="PotentialException">No model file, damaged, or of an unknown family.</exception>
    public static IPotential FromBytes(ReadOnlyMemory<byte> bytes)
    {
        if (OnnxPotential.Recognizes(bytes.Span))
            return new OnnxPotential(bytes.ToArray(), $"onnx {Hash(bytes.Span)[..8]}");
        ModelFile file = ModelFile.FromBytes(bytes.Span);
        return FamilyOf(file).Potential(file, $"{file.Header.Architecture} {Hash(bytes.Span)[..8]}");
    }

    /// <summary>What a model file says about itself: family, species, provenance, errors.</summary>
    /// <exception cref="PotentialException">As <see cref="Load"/>.</exception>
    public static ModelHeader Info(string path)
    {
        try
        {
            return Info(ReadBytes(path));
        }
        catch (PotentialException e)
        {
            throw new PotentialException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>What the bytes of a model file say about themselves.</summary>
    /// <exception cref="PotentialException">As <see cref="FromBytes"/>.</exception>
    public static ModelHeader Info(ReadOnlyMemory<byte> bytes)
    {
        ModelFile file = ModelFile.FromBytes(bytes.Span);
        _ = FamilyOf(file);
        return file.Header;
    }

    /// <summary>Models of ours as one ONNX file with the inputs and outputs of docs/onnx-interface.md: one, or several as a committee.</summary>
    /// <param name="models">Bytes of the model files.</param>
    /// <param name="precision">Of the file.</param>
    /// <param name="batch">Crystals that one call takes; 1 writes the simpler form without batches.</param>
    /// <exception cref="PotentialException">No model file, damaged, of an unknown family, or no element that all members know.</exception>
    public static byte[] ToOnnx(IReadOnlyList<byte[]> models, Precision precision, int batch = 1)
    {
        ModelFile[] files = [.. models.Select(m => ModelFile.FromBytes(m))];
        string name = string.Join(" + ", files.Select((f, k) => $"{f.Header.Architecture} {Hash(models[k])[..8]}"));
        return OnnxExport.Write([.. files.Select(f => FamilyOf(f).Onnx(f))], precision, batch, name);
    }

    /// <summary>SHA-256 of model bytes in lower-case hex: the identity of a model.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static Family EdgeGraphs(Func<ModelFile, EdgeGraphModel> read) =>
        new((file, name) => new GraphPotential(read(file), Precision.Float32, name), file => new EdgeOnnx(read(file)));

    private static Family FamilyOf(ModelFile file) => Families.TryGetValue(file.Header.Architecture, out Family? family)
        ? family
        : throw new PotentialException($"the model file holds a model of the family '{file.Header.Architecture}', which this program does not know");

    private static byte[] ReadBytes(string path)
    {
        try
        {
            FileInfo info = new(path);
            if (!info.Exists)
                throw new PotentialException($"{path}: there is no such model file");
            if (info.Length > SizeLimit)
                throw new PotentialException($"{path}: {info.Length >> 20} MiB is too large for a model file");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PotentialException($"{path}: the model file cannot be read ({e.Message})", e);
        }
    }

    /// <summary>What becomes of the models of one family.</summary>
    private sealed record Family(Func<ModelFile, string, IPotential> Potential, Func<ModelFile, IOnnxEnergy> Onnx);
}
