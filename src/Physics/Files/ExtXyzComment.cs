using System.Text;

namespace Csp.Physics.Files;

/// <summary>
/// The comment line of an extended XYZ frame: pairs key=value separated by blanks. Values may be quoted with " or ' (backslash escapes
/// the next character, \n is a newline), bracketed <c>[…]</c> (kept with the brackets) or braced <c>{…}</c> (an older way of quoting). A key alone
/// means T (true).
/// </summary>
internal static class ExtXyzComment
{
    /// <exception cref="FormatException">A quote or bracket is not closed, or a value has no key.</exception>
    public static IEnumerable<(string Key, string Value)> Parse(string line)
    {
        int i = 0;
        while (true)
        {
            while (i < line.Length && char.IsWhiteSpace(line[i]))
                i++;
            if (i == line.Length)
                yield break;
            string key = Key(line, ref i);
            int afterKey = i;
            while (i < line.Length && char.IsWhiteSpace(line[i]))
                i++;
            if (i == line.Length || line[i] != '=')
            {
                i = afterKey;
                yield return (key, "T");
                continue;
            }
            i++;
            while (i < line.Length && char.IsWhiteSpace(line[i]))
                i++;
            yield return (key, i < line.Length ? Value(line, ref i, key) : "");
        }
    }

    /// <summary>A value as it stands after the equals sign.</summary>
    public static string Quote(string value)
    {
        if (IsBracketed(value))
            return value;
        bool plain = value.Length > 0 && !value.AsSpan().ContainsAny(" \t\r\n\"'\\={}[],") && !value.AsSpan().ContainsAnyInRange('\u0080', '\uffff');
        if (plain)
            return value;
        StringBuilder text = new("\"");
        foreach (char c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                _ => c.ToString(),
            });
        }
        return text.Append('"').ToString();
    }

    private static string Key(string line, ref int i)
    {
        if (line[i] is '"' or '\'')
            return Quoted(line, ref i, "a key");
        int start = i;
        while (i < line.Length && line[i] != '=' && !char.IsWhiteSpace(line[i]))
            i++;
        return i > start ? line[start..i] : throw new FormatException($"a value without a key at '{Excerpt(line, i)}'");
    }

    private static string Value(string line, ref int i, string key)
    {
        switch (line[i])
        {
            case '"' or '\'':
                return Quoted(line, ref i, key);
            case '{':
                int close = line.IndexOf('}', i);
                if (close < 0)
                    throw new FormatException($"the brace of {key} is not closed");
                string braced = line[(i + 1)..close];
                i = close + 1;
                return braced;
            case '[':
                int depth = 0, start = i;
                for (; i < line.Length; i++)
                {
                    depth += line[i] == '[' ? 1 : line[i] == ']' ? -1 : 0;
                    if (depth == 0)
                        return line[start..++i];
                }
                throw new FormatException($"the bracket of {key} is not closed");
            default:
                start = i;
                while (i < line.Length && !char.IsWhiteSpace(line[i]))
                    i++;
                return line[start..i];
        }
    }

    private static string Quoted(string line, ref int i, string key)
    {
        char quote = line[i++];
        StringBuilder value = new();
        for (; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                i++;
                value.Append(line[i] switch { 'n' => '\n', 'r' => '\r', char c => c });
            }
            else if (line[i] == quote)
            {
                i++;
                return value.ToString();
            }
            else
            {
                value.Append(line[i]);
            }
        }
        throw new FormatException($"the quote of {key} is not closed");
    }

    private static bool IsBracketed(string value)
    {
        if (value.Length < 2 || value[0] != '[' || value.AsSpan().ContainsAny("\r\n\"'\\={}"))
            return false;
        int depth = 0;
        for (int i = 0; i < value.Length; i++)
        {
            depth += value[i] == '[' ? 1 : value[i] == ']' ? -1 : 0;
            if (depth == 0)
                return i == value.Length - 1;
        }
        return false;
    }

    private static string Excerpt(string line, int i) => line.Length - i > 20 ? line[i..(i + 20)] + "…" : line[i..];
}
