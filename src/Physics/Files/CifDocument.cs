namespace Csp.Physics.Files;

/// <summary>A value of a CIF with its line; <see cref="Quoted"/> values are text even when they read ? or a tag.</summary>
internal readonly record struct CifValue(string Text, int Line, bool Quoted)
{
    /// <summary>Not given (? or .).</summary>
    public bool IsMissing => !Quoted && Text is "?" or ".";
}

/// <summary>A loop: its tags and its rows.</summary>
internal sealed record CifLoop(IReadOnlyList<string> Tags, IReadOnlyList<CifValue[]> Rows, int Line)
{
    public int ColumnOf(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            for (int i = 0; i < Tags.Count; i++)
            {
                if (Tags[i] == name)
                    return i;
            }
        }
        return -1;
    }
}

/// <summary>A data block: single items and loops. Tags are in lower case, with the dots of dictionary categories turned into underscores.</summary>
internal sealed class CifBlock(string name, int line)
{
    public string Name { get; } = name;

    public int Line { get; } = line;

    public Dictionary<string, CifValue> Items { get; } = [];

    public List<CifLoop> Loops { get; } = [];

    public CifValue? this[params ReadOnlySpan<string> names]
    {
        get
        {
            foreach (string n in names)
            {
                if (Items.TryGetValue(n, out CifValue value) && !value.IsMissing)
                    return value;
            }
            return null;
        }
    }

    public CifLoop? LoopWith(params string[] names) => Loops.FirstOrDefault(l => names.Any(l.Tags.Contains));
}

/// <summary>Splits a CIF 1.1 text in blocks, items and loops (Hall, Allen and Brown, Acta Cryst. A47, 655 (1991)).</summary>
internal sealed class CifDocument
{
    private readonly string _file;
    private readonly string[] _lines;
    private int _line;
    private int _at;

    private CifDocument(string text, string file)
    {
        _file = file;
        _lines = text.Split('\n');
    }

    /// <exception cref="StructureFileException">Not a CIF; names the line.</exception>
    public static List<CifBlock> Parse(string text, string file)
    {
        CifDocument document = new(text, file);
        List<CifBlock> blocks = [];
        CifValue? token = document.Next();
        while (token is CifValue value)
        {
            if (value.Quoted)
                throw document.Error(value, $"a value without a tag: '{Shorten(value.Text)}'");
            if (value.Text.StartsWith("data_", StringComparison.OrdinalIgnoreCase))
            {
                blocks.Add(new CifBlock(value.Text[5..], value.Line));
                token = document.Next();
                continue;
            }
            if (blocks.Count == 0)
                throw document.Error(value, $"a CIF begins with data_…, not with '{Shorten(value.Text)}'");
            if (value.Text.Equals("loop_", StringComparison.OrdinalIgnoreCase))
                token = document.ReadLoop(blocks[^1], value);
            else if (value.Text[0] == '_')
                token = document.ReadItem(blocks[^1], value);
            else
                throw document.Error(value, $"a value without a tag: '{Shorten(value.Text)}'");
        }
        return blocks;
    }

    private CifValue? ReadItem(CifBlock block, CifValue tag)
    {
        CifValue value = Next() ?? throw Error(tag, $"the file ends where the value of {tag.Text} should stand");
        if (IsKeyword(value) || IsTag(value))
            throw Error(value, $"{tag.Text} has no value");
        if (!block.Items.TryAdd(Normalise(tag.Text), value))
            throw Error(tag, $"{tag.Text} is given twice");
        return Next();
    }

    private CifValue? ReadLoop(CifBlock block, CifValue loop)
    {
        List<string> tags = [];
        CifValue? token = Next();
        while (token is CifValue tag && IsTag(tag))
        {
            tags.Add(Normalise(tag.Text));
            token = Next();
        }
        if (tags.Count == 0)
            throw Error(loop, "a loop without tags");
        List<CifValue[]> rows = [];
        List<CifValue> row = [];
        while (token is CifValue value && !IsTag(value) && !IsKeyword(value))
        {
            row.Add(value);
            if (row.Count == tags.Count)
            {
                rows.Add([.. row]);
                row.Clear();
            }
            token = Next();
        }
        if (row.Count > 0)
            throw Error(row[^1], $"the last row of the loop of {tags[0]} has {row.Count} values for {tags.Count} tags");
        block.Loops.Add(new CifLoop(tags, rows, loop.Line));
        return token;
    }

    private CifValue? Next()
    {
        while (_line < _lines.Length)
        {
            string line = _lines[_line];
            if (_at == 0 && line.Length > 0 && line[0] == ';')
                return TextField();
            while (_at < line.Length && char.IsWhiteSpace(line[_at]))
                _at++;
            if (_at >= line.Length || line[_at] == '#')
            {
                _line++;
                _at = 0;
                continue;
            }
            int start = _at;
            if (line[_at] is '\'' or '"')
            {
                char quote = line[_at++];
                while (_at < line.Length && !(line[_at] == quote && (_at + 1 == line.Length || char.IsWhiteSpace(line[_at + 1]))))
                    _at++;
                if (_at >= line.Length)
                    throw new StructureFileException(_file, _line + 1, "a quote is not closed");
                return new CifValue(line[(start + 1)..(_at++)], _line + 1, true);
            }
            while (_at < line.Length && !char.IsWhiteSpace(line[_at]))
                _at++;
            return new CifValue(line[start.._at], _line + 1, false);
        }
        return null;
    }

    private CifValue TextField()
    {
        int first = _line;
        List<string> text = [_lines[_line][1..].TrimEnd('\r')];
        for (_line++; _line < _lines.Length; _line++)
        {
            if (_lines[_line].StartsWith(';'))
            {
                _at = 1;
                return new CifValue(string.Join('\n', text), first + 1, true);
            }
            text.Add(_lines[_line].TrimEnd('\r'));
        }
        throw new StructureFileException(_file, first + 1, "a text field that begins with ; is not closed");
    }

    private static bool IsTag(CifValue value) => !value.Quoted && value.Text[0] == '_';

    private static bool IsKeyword(CifValue value) => !value.Quoted
        && (value.Text.Equals("loop_", StringComparison.OrdinalIgnoreCase) || value.Text.StartsWith("data_", StringComparison.OrdinalIgnoreCase));

    private static string Normalise(string tag) => tag.ToLowerInvariant().Replace('.', '_');

    private static string Shorten(string text) => text.Length > 40 ? text[..40] + "…" : text;

    private StructureFileException Error(CifValue at, string what) => new(_file, at.Line, what);
}
