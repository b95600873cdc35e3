using System.Collections.Immutable;
using System.Text;

namespace Csp.Host.Configuration;

/// <summary>
/// Where every key of a HOCON text stands. Akka's parser gives the values but no positions, accepts some malformed texts, and can substitute
/// and include; this scan reads the same text first, refuses what is malformed with its line, and refuses substitutions and includes,
/// so that a configuration file is plain data.
/// </summary>
public sealed class HoconPositions
{
    private const string ForbiddenUnquoted = "{[=^`?!@*&\\";

    private readonly string _path;
    private readonly string _text;
    private readonly Dictionary<string, int> _leaves = [];
    private int _at;
    private int _line = 1;

    private HoconPositions(string path, string text) => (_path, _text) = (path, text);

    /// <summary>Line (1-based) of every key that has a value other than an object, by its full path.</summary>
    /// <exception cref="ConfigurationException">Malformed.</exception>
    public static ImmutableSortedDictionary<string, int> Scan(string path, string text)
    {
        HoconPositions scan = new(path, text);
        scan.SkipSpace();
        bool braces = scan.Peek() == '{';
        if (braces)
            scan.Object("");
        else
            scan.Members("", closing: '\0', openedAt: 1);
        scan.SkipSpace();
        if (scan._at < text.Length)
            throw scan.Error($"'{scan.Peek()}' after the end of the configuration");
        return scan._leaves.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private ConfigurationException Error(string what, int? line = null) => new(_path, line ?? _line, what);

    private void Advance()
    {
        if (_text[_at++] == '\n')
            _line++;
    }

    private bool AtComment => Peek() == '#' || (Peek() == '/' && Peek(1) == '/');

    /// <summary>White space, line ends and comments.</summary>
    private void SkipSpace()
    {
        while (_at < _text.Length)
        {
            if (AtComment)
                SkipLine();
            else if (char.IsWhiteSpace(Peek()) || Peek() == '\uFEFF')
                Advance();
            else
                return;
        }
    }

    private void SkipLine()
    {
        while (_at < _text.Length && Peek() != '\n')
            Advance();
    }

    private void SkipBlanks()
    {
        while (Peek() is ' ' or '\t' or '\r')
            Advance();
    }

    private void Object(string prefix)
    {
        int openedAt = _line;
        Advance();
        Members(prefix, '}', openedAt);
        Advance();
    }

    private void Members(string prefix, char closing, int openedAt)
    {
        while (true)
        {
            SkipSpace();
            while (Peek() == ',')
            {
                Advance();
                SkipSpace();
            }
            if (_at >= _text.Length)
            {
                if (closing != '\0')
                    throw Error("the '{' is never closed", openedAt);
                return;
            }
            if (Peek() == '}')
            {
                if (closing == '\0')
                    throw Error("'}' without a '{'");
                return;
            }
            Member(prefix);
        }
    }

    private void Member(string prefix)
    {
        int line = _line;
        string key = Key();
        string path = prefix.Length == 0 ? key : $"{prefix}.{key}";
        SkipBlanks();
        if (Peek() == '{')
        {
            Object(path);
            return;
        }
        if (Peek() == '+' && Peek(1) == '=')
            throw Error("'+=' is not supported: write the whole list");
        if (Peek() is not ('=' or ':'))
            throw Error($"'=' or '{{' was expected after '{key}'", line);
        Advance();
        SkipBlanks();
        if (Peek() == '{')
        {
            Object(path);
            return;
        }
        if (Peek() == '[')
            List();
        else
            Scalar(path);
        _leaves[path] = line;
    }

    private string Key()
    {
        StringBuilder key = new();
        int line = _line;
        while (true)
        {
            if (Peek() == '"')
                key.Append(Quoted());
            while (char.IsLetterOrDigit(Peek()) || Peek() is '-' or '_' or '.')
            {
                key.Append(Peek());
                Advance();
            }
            if (Peek() != '"')
                break;
        }
        if (key.Length == 0)
            throw Error(Peek() == '$' ? "substitutions (${…}) are not supported" : $"a key was expected, not '{Peek()}'", line);
        if (key.ToString() == "include")
            throw Error("'include' is not supported: put everything in one file", line);
        return key.ToString();
    }

    private void List()
    {
        int openedAt = _line;
        Advance();
        while (true)
        {
            SkipSpace();
            switch (Peek())
            {
                case '\0':
                    throw Error("the '[' is never closed", openedAt);
                case ']':
                    Advance();
                    return;
                case ',':
                    Advance();
                    break;
                case '[' or '{':
                    throw Error("a list may hold only numbers and texts");
                case '=' or '}':
                    throw Error("the '[' is never closed", openedAt);
                default:
                    Scalar("the list", openedAt);
                    break;
            }
        }
    }

    /// <summary>Unquoted and quoted pieces up to the end of the line, a comma, a bracket or a comment.</summary>
    private void Scalar(string of, int? listOpenedAt = null)
    {
        bool any = false;
        while (_at < _text.Length && Peek() is not ('\n' or ',' or '}' or ']') && !AtComment)
        {
            if (Peek() == '$')
                throw Error("substitutions (${…}) are not supported");
            if (Peek() == '=' && listOpenedAt is int openedAt)
                throw Error("the '[' is never closed", openedAt);
            if (ForbiddenUnquoted.Contains(Peek()))
                throw Error($"'{Peek()}' is not allowed in the value of {of}; put the text in quotes");
            if (Peek() == '"')
            {
                Quoted();
                any = true;
            }
            else
            {
                any |= !char.IsWhiteSpace(Peek());
                Advance();
            }
        }
        if (!any)
            throw Error($"{of} has no value");
    }

    private string Quoted()
    {
        int line = _line;
        StringBuilder content = new();
        bool triple = Peek(1) == '"' && Peek(2) == '"';
        for (int i = 0; i < (triple ? 3 : 1); i++)
            Advance();
        while (true)
        {
            if (_at >= _text.Length || (!triple && Peek() == '\n'))
                throw Error("the '\"' is never closed", line);
            if (triple ? Peek() == '"' && Peek(1) == '"' && Peek(2) == '"' : Peek() == '"')
                break;
            if (!triple && Peek() == '\\' && Peek(1) is '"' or '\\')
                Advance();
            content.Append(Peek());
            Advance();
        }
        for (int i = 0; i < (triple ? 3 : 1); i++)
            Advance();
        return content.ToString();
    }
}
