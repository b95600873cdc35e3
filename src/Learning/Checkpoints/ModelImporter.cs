using System.Security.Cryptography;
using Csp.Learning.Architectures.EdgeGraphs;
using Csp.Learning.Architectures.M3GNet;
using Csp.Learning.Architectures.TensorNet;
using Csp.Physics.Potentials;

namespace Csp.Learning.Checkpoints;

/// <summary>Published foundation models → Csp model files.</summary>
public static class ModelImporter
{
    /// <summary>
    /// Reads a MatterSim checkpoint (<c>.pth</c>), or a folder with a potential of matgl (or a file of it): <c>model.json</c> as matgl writes it, or a
    /// <c>config.json</c>, beside <c>model.safetensors</c> or <c>state.pt</c>. Where both of a pair are there, <c>config.json</c> and
    /// <c>model.safetensors</c> are read.
    /// </summary>
    /// <exception cref="CheckpointException">The file is missing, truncated, of an unknown kind, or its arrays do not make the model it claims to be.</exception>
    public static EdgeGraphModel Read(string path)
    {
        try
        {
            if (!Directory.Exists(path) && !File.Exists(path))
                throw new CheckpointException(path, "does not exist");
            if (FolderOfMatgl(path) is string folder)
                return ReadMatgl(folder);
            using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
            string? name = checkpoint.Text("model_name");
            return name is null or "m3gnet"
                ? MatterSimImport.Read(checkpoint, path)
                : throw new CheckpointException(path, $"holds a model of the family '{name}', which Csp does not import");
        }
        catch (PotentialException e)
        {
            throw new CheckpointException(path, $"does not hold the model it claims to: {e.Message}", e);
        }
    }

    /// <summary>Imports into a folder: writes <c>model.csp</c> there and returns its path.</summary>
    /// <exception cref="CheckpointException">As <see cref="Read"/>, or the folder cannot be written.</exception>
    public static string Import(string path, string outputFolder)
    {
        EdgeGraphModel model = Read(path);
        string file = Path.Combine(outputFolder, "model.csp");
        try
        {
            Directory.CreateDirectory(outputFolder);
            File.WriteAllBytes(file, model.ToFile(model.Weights, provenance: null, SourceOf(path)).ToBytes());
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(file, $"cannot be written ({e.Message})", e);
        }
    }

    /// <summary>Name and hash of the file with the weights.</summary>
    private static string SourceOf(string path)
    {
        string? folder = FolderOfMatgl(path);
        string file = folder is null ? path : WeightsIn(folder)!;
        string name = Path.GetFileName(file);
        if (folder is not null)
            name = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))}/{name}";
        using FileStream stream = File.OpenRead(file);
        return $"{UntrustedText.Shown(name.Length <= 100 ? name : name[..100])}, sha256 {Convert.ToHexStringLower(SHA256.HashData(stream))}";
    }

    /// <summary>The folder with a potential of matgl that is meant, by its name or that of a file in it; null where the path is a checkpoint.</summary>
    private static string? FolderOfMatgl(string path) => Directory.Exists(path) ? path
        : Path.GetFileName(path) is "config.json" or "model.json" or "model.safetensors" or "state.pt" ? Path.GetDirectoryName(Path.GetFullPath(path))
        : null;

    /// <summary>The weights of a potential of matgl: the pickle only where there is nothing else.</summary>
    private static string? WeightsIn(string folder) =>
        new[] { "model.safetensors", "state.pt" }.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static EdgeGraphModel ReadMatgl(string folder)
    {
        string weights = WeightsIn(folder) ?? throw new CheckpointException(folder, "holds neither model.safetensors nor state.pt, so no potential of matgl");
        if (!File.Exists(Path.Combine(folder, "config.json")) && !File.Exists(Path.Combine(folder, "model.json")))
            throw new CheckpointException(folder, "holds weights but neither config.json nor model.json that say of what");
        IReadOnlyDictionary<string, CheckpointTensor> tensors;
        if (Path.GetExtension(weights) == ".safetensors")
        {
            tensors = SafeTensors.Read(weights);
        }
        else
        {
            using TorchCheckpoint checkpoint = TorchCheckpoint.Open(weights);
            tensors = checkpoint.Tensors(null);
        }
        MatglConfig config = MatglConfig.Read(folder, tensors);
        return config.Architecture switch
        {
            "M3GNet" => MatglM3GNetImport.Read(config, tensors, folder),
            "TensorNet" => MatglTensorNetImport.Read(config, tensors, folder),
            _ => throw new CheckpointException(folder, $"holds a model of the family '{config.Architecture}', which Csp does not import"),
        };
    }
}
