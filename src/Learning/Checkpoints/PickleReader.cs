using System.Buffers.Binary;
using System.Text;

namespace Csp.Learning.Checkpoints;

/// <summary>
/// Reads a pickle (protocols 2 to 5) as data. It knows the opcodes that weights files use and stops at any other; the few classes that
/// describe tensors and dictionaries are understood, objects of other classes become <see cref="PickleValue.Inert"/>, and code that
/// could do something (os, subprocess, eval, …) is refused by name.
/// </summary>
internal ref struct PickleReader
{
    private static readonly HashSet<string> RefusedModules =
        ["os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "importlib", "runpy", "ctypes", "pty", "commands", "code", "webbrowser", "operator", "types", "asyncio", "multiprocessing", "threading", "pickle", "_pickle", "marshal", "pip", "site", "timeit", "pdb", "cProfile", "bdb"];

    private static readonly HashSet<string> PlainBuiltins = ["dict", "list", "tuple", "set", "frozenset", "int", "float", "bool", "str", "bytes", "bytearray", "complex", "object", "slice", "range"];

    private readonly ReadOnlySpan<byte> _data;
    private readonly string _file;
    private readonly List<PickleValue?> _stack = [];
    private readonly Dictionary<int, PickleValue> _memo = [];
    private int _at;

    private PickleReader(ReadOnlySpan<byte> data, string file)
    {
        _data = data;
        _file = file;
    }

    /// <exception cref="CheckpointException">Not a pickle, truncated, or it holds an opcode or a class that is not accepted.</exception>
    public static PickleValue Read(ReadOnlySpan<byte> data, string file) => new PickleReader(data, file).Run();

    private PickleValue Run()
    {
        while (true)
        {
            byte opcode = Take(1)[0];
            switch (opcode)
            {
                case 0x80: // PROTO
                    if (Take(1)[0] is < 2 or > 5)
                        throw Bad("is written in a pickle protocol that Csp does not read");
                    break;
                case 0x95: // FRAME
                    Take(8);
                    break;
                case (byte)'.': // STOP
                    return Pop();
                case (byte)'(': // MARK
                    _stack.Add(null);
                    break;
                case (byte)'0': // POP
                    Pop();
                    break;
                case (byte)'N':
                    Push(new PickleValue.None());
                    break;
                case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                    Push(new PickleValue.Bool(opcode == 0x88));
                    break;
                case (byte)'J': // BININT
                    Push(new PickleValue.Integer(BinaryPrimitives.ReadInt32LittleEndian(Take(4))));
                    break;
                case (byte)'K': // BININT1
                    Push(new PickleValue.Integer(Take(1)[0]));
                    break;
                case (byte)'M': // BININT2
                    Push(new PickleValue.Integer(BinaryPrimitives.ReadUInt16LittleEndian(Take(2))));
                    break;
                case 0x8a: // LONG1
                    Push(ReadLong());
                    break;
                case (byte)'G': // BINFLOAT, big-endian
                    Push(new PickleValue.Number(BinaryPrimitives.ReadDoubleBigEndian(Take(8))));
                    break;
                case (byte)'X': // BINUNICODE
                    Push(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                    break;
                case 0x8c or (byte)'U': // SHORT_BINUNICODE, SHORT_BINSTRING
                    Push(ReadText(Take(1)[0]));
                    break;
                case (byte)'T': // BINSTRING
                    Push(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                    break;
                case (byte)'C': // SHORT_BINBYTES
                    Push(new PickleValue.Bytes(Take(Take(1)[0]).ToArray()));
                    break;
                case (byte)'B': // BINBYTES
                    Push(new PickleValue.Bytes(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))).ToArray()));
                    break;
                case (byte)']' or 0x8f: // EMPTY_LIST, EMPTY_SET
                    Push(new PickleValue.List([]));
                    break;
                case (byte)'}':
                    Push(new PickleValue.Dict([]));
                    break;
                case (byte)')':
                    Push(new PickleValue.Tuple([]));
                    break;
                case (byte)'t':
                    Push(new PickleValue.Tuple(PopToMark()));
                    break;
                case 0x85 or 0x86 or 0x87: // TUPLE1..3
                    Push(new PickleValue.Tuple(PopMany(opcode - 0x84)));
                    break;
                case (byte)'a': // APPEND
                    AppendTo([Pop()]);
                    break;
                case (byte)'e' or 0x90: // APPENDS, ADDITEMS
                    AppendTo(PopToMark());
                    break;
                case (byte)'s': // SETITEM
                    SetItems(PopMany(2));
                    break;
                case (byte)'u': // SETITEMS
                    SetItems(PopToMark());
                    break;
                case (byte)'c': // GLOBAL
                    Push(Named(ReadLine(), ReadLine()));
                    break;
                case 0x93: // STACK_GLOBAL
                    PickleValue[] names = PopMany(2);
                    Push(names is [PickleValue.Text module, PickleValue.Text name] ? Named(module.Value, name.Value) : throw Bad("holds a malformed class name"));
                    break;
                case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                    PickleValue[] call = PopMany(2);
                    Push(Construct(call[0], call[1]));
                    break;
                case (byte)'b': // BUILD: state for the object below; only dictionaries and inert objects get one, and neither keeps it
                    Pop();
                    break;
                case (byte)'Q': // BINPERSID
                    Push(ReadStorage(Pop()));
                    break;
                case (byte)'q':
                    _memo[Take(1)[0]] = Peek();
                    break;
                case (byte)'r':
                    _memo[BinaryPrimitives.ReadInt32LittleEndian(Take(4))] = Peek();
                    break;
                case 0x94: // MEMOIZE
                    _memo[_memo.Count] = Peek();
                    break;
                case (byte)'h':
                    Push(Remembered(Take(1)[0]));
                    break;
                case (byte)'j':
                    Push(Remembered(BinaryPrimitives.ReadInt32LittleEndian(Take(4))));
                    break;
                default:
                    throw Bad($"holds the pickle instruction 0x{opcode:x2}, which no weights file needs; refused");
            }
        }
    }

    private readonly PickleValue.Global Named(string module, string name)
    {
        string root = module.Split('.')[0];
        bool builtin = root is "builtins" or "__builtin__";
        return RefusedModules.Contains(root) || builtin && !PlainBuiltins.Contains(name)
            ? throw Bad($"asks for {module}.{name}, which is code and no weights; refused")
            : new PickleValue.Global(module, name);
    }

    private readonly PickleValue Construct(PickleValue function, PickleValue arguments)
    {
        if (function is not PickleValue.Global global || arguments is not PickleValue.Tuple { Items: PickleValue[] args })
            return function is PickleValue.Inert ? function : throw Bad("calls something that is not a class");
        switch (global.FullName)
        {
            case "collections.OrderedDict" or "collections.defaultdict" or "__builtin__.dict" or "builtins.dict":
                return new PickleValue.Dict([]);
            case "__builtin__.set" or "builtins.set" or "__builtin__.list" or "builtins.list":
                return args is [PickleValue.List list] ? list : new PickleValue.List([]);
            case "torch._utils._rebuild_parameter" when args.Length >= 1:
                return args[0];
            case "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor" when args is [PickleValue.Storage storage, PickleValue.Integer offset, PickleValue.Tuple size, PickleValue.Tuple stride, ..]:
                return new PickleValue.Tensor(storage, offset.Value, Integers(size), Integers(stride));
            default:
                return new PickleValue.Inert(global.FullName);
        }
    }

    private readonly PickleValue.Storage ReadStorage(PickleValue id)
    {
        if (id is not PickleValue.Tuple { Items: [PickleValue.Text { Value: "storage" }, PickleValue.Global type, PickleValue.Text key, PickleValue.Text, PickleValue.Integer count, ..] })
            throw Bad("refers to data in a way that Csp does not know");
        ElementFormat format = type.Name switch
        {
            "DoubleStorage" => ElementFormat.Float64,
            "FloatStorage" => ElementFormat.Float32,
            "HalfStorage" => ElementFormat.Float16,
            "BFloat16Storage" => ElementFormat.BFloat16,
            "LongStorage" => ElementFormat.Int64,
            "IntStorage" => ElementFormat.Int32,
            "ShortStorage" => ElementFormat.Int16,
            "CharStorage" => ElementFormat.Int8,
            "ByteStorage" => ElementFormat.UInt8,
            "BoolStorage" => ElementFormat.Bool,
            _ => throw Bad($"stores numbers as {type.FullName}, which Csp does not read"),
        };
        return new PickleValue.Storage(format, key.Value, count.Value);
    }

    private readonly long[] Integers(PickleValue.Tuple tuple)
    {
        long[] values = new long[tuple.Items.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = tuple.Items[i] is PickleValue.Integer n ? n.Value : throw Bad("describes a tensor by something other than whole numbers");
        return values;
    }

    private PickleValue.Integer ReadLong()
    {
        ReadOnlySpan<byte> raw = Take(Take(1)[0]);
        if (raw.Length > 8)
            throw Bad("holds a whole number of more than 64 bits");
        long value = raw.Length > 0 && (raw[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = raw.Length - 1; i >= 0; i--)
            value = value << 8 | raw[i];
        return new PickleValue.Integer(value);
    }

    private readonly void AppendTo(PickleValue[] items)
    {
        if (Peek() is PickleValue.List list)
            list.Items.AddRange(items);
        else if (Peek() is not PickleValue.Inert)
            throw Bad("appends to something that is not a list");
    }

    private readonly void SetItems(PickleValue[] items)
    {
        if (items.Length % 2 != 0)
            throw Bad("holds a key without a value");
        if (Peek() is PickleValue.Dict dict)
        {
            for (int i = 0; i < items.Length; i += 2)
                dict.Entries.Add(new(items[i], items[i + 1]));
        }
        else if (Peek() is not PickleValue.Inert)
        {
            throw Bad("sets items of something that is not a dictionary");
        }
    }

    private PickleValue.Text ReadText(uint length) => new(Encoding.UTF8.GetString(Take(length)));

    private string ReadLine()
    {
        int end = _data[_at..].IndexOf((byte)'\n');
        if (end < 0)
            throw Bad("is truncated");
        string line = Encoding.UTF8.GetString(_data.Slice(_at, end));
        _at += end + 1;
        return line;
    }

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > _data.Length - _at)
            throw Bad("is truncated");
        _at += (int)count;
        return _data.Slice(_at - (int)count, (int)count);
    }

    private readonly void Push(PickleValue value) => _stack.Add(value);

    private readonly PickleValue Peek() => _stack.Count > 0 && _stack[^1] is PickleValue top ? top : throw Bad("is no well-formed pickle");

    private readonly PickleValue Pop()
    {
        PickleValue top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private readonly PickleValue[] PopMany(int count)
    {
        PickleValue[] items = new PickleValue[count];
        for (int i = count - 1; i >= 0; i--)
            items[i] = Pop();
        return items;
    }

    private readonly PickleValue[] PopToMark()
    {
        int mark = _stack.LastIndexOf(null);
        if (mark < 0)
            throw Bad("is no well-formed pickle");
        PickleValue[] items = [.. _stack[(mark + 1)..].Select(v => v!)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private readonly PickleValue Remembered(int index) => _memo.TryGetValue(index, out PickleValue? value) ? value : throw Bad("is no well-formed pickle");

    private readonly CheckpointException Bad(string what) => new(_file, what);
}
