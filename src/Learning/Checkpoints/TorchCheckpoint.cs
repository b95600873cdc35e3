using System.IO.Compression;

namespace Csp.Learning.Checkpoints;

/// <summary>
/// A PyTorch archive (.pth, .pt): a ZIP file with <c>&lt;root&gt;/data.pkl</c> and raw storages <c>&lt;root&gt;/data/&lt;key&gt;</c>. Read as
/// data only; see <see cref="PickleReader"/>. Storage locations (cpu, cuda:0) are ignored, offsets and strides are honoured.
/// </summary>
public sealed class TorchCheckpoint : IDisposable
{
    // The largest published M3GNet has 5 million weights.
    private const long MaxBytes = 1L << 29;
    private const long MaxElements = 1L << 26;

    private readonly string _path;
    private readonly ZipArchive _archive;
    private readonly string _root;
    private readonly PickleValue _top;
    private readonly Dictionary<string, byte[]> _storages = [];
    private long _bytes, _elements;

    private TorchCheckpoint(string path, ZipArchive archive)
    {
        _path = path;
        _archive = archive;
        ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new CheckpointException(path, "is no PyTorch checkpoint: it holds no data.pkl");
        _root = pickle.FullName[..^"data.pkl".Length];
        _top = PickleReader.Read(ReadEntry(pickle), path);
    }

    /// <exception cref="CheckpointException">Missing, truncated, not a checkpoint, or it asks for code.</exception>
    public static TorchCheckpoint Open(string path)
    {
        ZipArchive? archive = null;
        try
        {
            archive = ZipFile.OpenRead(path);
            return new TorchCheckpoint(path, archive);
        }
        catch (Exception e)
        {
            archive?.Dispose();
            throw e switch
            {
                InvalidDataException => new CheckpointException(path, "is no PyTorch checkpoint (no ZIP archive), or is truncated", e),
                IOException or UnauthorizedAccessException => new CheckpointException(path, $"cannot be read ({e.Message})", e),
                _ => e,
            };
        }
    }

    /// <summary>A text entry of the top-level dictionary, or null.</summary>
    public string? Text(string key) => ((_top as PickleValue.Dict)?[key] as PickleValue.Text)?.Value;

    /// <summary>The numbers (booleans as 0 and 1) of a dictionary in the top-level dictionary; other entries are left out.</summary>
    public IReadOnlyDictionary<string, double> Numbers(string key)
    {
        Dictionary<string, double> numbers = [];
        foreach ((PickleValue name, PickleValue value) in ((_top as PickleValue.Dict)?[key] as PickleValue.Dict)?.Entries ?? [])
        {
            double? number = value switch
            {
                PickleValue.Integer i => i.Value,
                PickleValue.Number d => d.Value,
                PickleValue.Bool b => b.Value ? 1 : 0,
                _ => null,
            };
            if (name is PickleValue.Text text && number is double n)
                numbers[text.Value] = n;
        }
        return numbers;
    }

    /// <summary>The tensors of a state dictionary: of the entry <paramref name="key"/>, or of the file itself when the key is null.</summary>
    /// <exception cref="CheckpointException">There is none, it holds something other than tensors, or data are missing.</exception>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors(string? key)
    {
        PickleValue? value = key is null ? _top : (_top as PickleValue.Dict)?[key];
        if (value is not PickleValue.Dict dict)
            throw new CheckpointException(_path, $"holds no dictionary of weights{(key is null ? "" : $" under '{key}'")}{(value is PickleValue.Inert i ? $" but an object of class {i.ClassName}" : "")}");
        Dictionary<string, CheckpointTensor> tensors = [];
        foreach ((PickleValue name, PickleValue entry) in dict.Entries)
        {
            if (name is not PickleValue.Text text || entry is not PickleValue.Tensor tensor)
                throw new CheckpointException(_path, $"has {(name is PickleValue.Text t ? $"under '{t.Value}'" : "in its weights")} {(entry is PickleValue.Inert inert ? $"an object of class {inert.ClassName}" : "something")} where a tensor should be");
            tensors[text.Value] = Materialize(text.Value, tensor);
        }
        return tensors;
    }

    public void Dispose() => _archive.Dispose();

    private CheckpointTensor Materialize(string name, PickleValue.Tensor tensor)
    {
        long count = CheckpointTensor.CountOf(tensor.Size, MaxElements)
            ?? throw new CheckpointException(_path, $"describes '{name}' with the impossible shape [{string.Join(",", tensor.Size)}]");
        byte[] raw = StorageOf(tensor.Data);
        long available = raw.Length / tensor.Data.Format.Size();
        // Views that repeat numbers, or very many views of one storage, would turn a small file into gigabytes.
        if (count > available || (_elements += count) > MaxElements)
            throw new CheckpointException(_path, $"describes '{name}' by more numbers than it stores, or has more than {MaxElements >> 20} million in all");
        if (tensor.Stride.Length != tensor.Size.Length || tensor.Offset < 0 || tensor.Stride.Any(s => s < 0 || s > available))
            throw new CheckpointException(_path, $"describes '{name}' by a malformed view of its data");
        long last = tensor.Offset;
        for (int d = 0; d < tensor.Size.Length && count > 0; d++)
            last += (tensor.Size[d] - 1) * tensor.Stride[d];
        if (count > 0 && last >= available)
            throw new CheckpointException(_path, $"is truncated: '{name}' needs element {last} of {available} stored ones");

        double[] values = new double[count];
        long[] index = new long[tensor.Size.Length];
        long at = tensor.Offset;
        for (long i = 0; i < count; i++)
        {
            values[i] = tensor.Data.Format.Read(raw, at);
            for (int d = index.Length - 1; d >= 0; d--)
            {
                at += tensor.Stride[d];
                if (++index[d] < tensor.Size[d])
                    break;
                at -= tensor.Size[d] * tensor.Stride[d];
                index[d] = 0;
            }
        }
        return new CheckpointTensor(tensor.Size, values);
    }

    private byte[] StorageOf(PickleValue.Storage storage)
    {
        if (_storages.TryGetValue(storage.Key, out byte[]? known))
            return known;
        ZipArchiveEntry entry = _archive.GetEntry($"{_root}data/{storage.Key}")
            ?? throw new CheckpointException(_path, $"lacks the data of storage {storage.Key}");
        return _storages[storage.Key] = ReadEntry(entry);
    }

    private byte[] ReadEntry(ZipArchiveEntry entry)
    {
        // A stored size that lies about a compressed entry must not fill the memory: read no more than the archive says, and no more than the limit.
        if (entry.Length < 0 || entry.Length > MaxBytes || (_bytes += entry.Length) > MaxBytes || entry.Length > 1100 * Math.Max(1, entry.CompressedLength))
            throw new CheckpointException(_path, $"has an entry {entry.FullName} of an impossible size");
        try
        {
            byte[] bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new CheckpointException(_path, $"is damaged at {entry.FullName}", e);
        }
    }
}
