namespace Csp.Learning.Checkpoints;

/// <summary>
/// What a pickle describes, as plain data. Nothing here can be called: a class or function of the file is only its name, and a call
/// of one only the record that it was asked for.
/// </summary>
internal abstract record PickleValue
{
    public sealed record None : PickleValue;

    public sealed record Bool(bool Value) : PickleValue;

    public sealed record Integer(long Value) : PickleValue;

    public sealed record Number(double Value) : PickleValue;

    public sealed record Text(string Value) : PickleValue;

    public sealed record Bytes(byte[] Value) : PickleValue;

    public sealed record Tuple(PickleValue[] Items) : PickleValue;

    public sealed record List(List<PickleValue> Items) : PickleValue;

    /// <summary>A dict, an OrderedDict or a defaultdict; entries in file order.</summary>
    public sealed record Dict(List<KeyValuePair<PickleValue, PickleValue>> Entries) : PickleValue
    {
        /// <summary>The last value under a text key, or null.</summary>
        public PickleValue? this[string key] => Entries.LastOrDefault(e => e.Key is Text text && text.Value == key).Value;
    }

    /// <summary>A class or function by name.</summary>
    public sealed record Global(string Module, string Name) : PickleValue
    {
        public string FullName => $"{Module}.{Name}";
    }

    /// <summary>A reference to a storage of the archive.</summary>
    public sealed record Storage(ElementFormat Format, string Key, long Count) : PickleValue;

    /// <summary>A view of a storage.</summary>
    public sealed record Tensor(Storage Data, long Offset, long[] Size, long[] Stride) : PickleValue;

    /// <summary>An object of a class that Csp does not know: kept as a name, without content and without behaviour.</summary>
    public sealed record Inert(string ClassName) : PickleValue;
}
