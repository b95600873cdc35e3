using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;

namespace Csp.Physics.FirstPrinciples;

/// <summary>The PBE pseudopotentials of cp2k's file <c>GTH_POTENTIALS</c>, whose head describes the layout.</summary>
public sealed class GthLibrary
{
    private const string Family = "GTH-PBE";

    private readonly Dictionary<Element, List<(GthPseudopotential Potential, bool Standard)>> _entries = [];

    private GthLibrary(string path) => Path = path;

    public string Path { get; }

    /// <summary>Elements with at least one pseudopotential.</summary>
    public IEnumerable<Element> Elements => _entries.Keys.OrderBy(e => e.Number);

    /// <exception cref="LabelerSettingsException">The file cannot be read, or an entry is malformed (with its line).</exception>
    public static GthLibrary Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabelerSettingsException($"the pseudopotential file {path} cannot be read: {e.Message}", e);
        }
        GthLibrary library = new(path);
        for (int i = 0; i < lines.Length;)
        {
            string[] header = Words(lines[i++]);
            if (header.Length < 2 || !char.IsAsciiLetterUpper(header[0][0]) || Element.TryFromSymbol(header[0]) is not Element element)
                continue;
            string? name = Array.Find(header, w => w.StartsWith(Family + "-q", StringComparison.Ordinal));
            int start = i;
            while (i < lines.Length && (Words(lines[i]) is not [var first, ..] || !char.IsAsciiLetter(first[0])))
                i++;
            if (name is null)
                continue;
            try
            {
                library.Add(Parse(element, name, lines.AsSpan(start, i - start)), header.Contains(Family));
            }
            catch (FormatException e)
            {
                throw new LabelerSettingsException($"{path}, line {start}: the pseudopotential {name} of {element} is malformed: {e.Message}", e);
            }
        }
        return library._entries.Count > 0 ? library : throw new LabelerSettingsException($"{path} holds no {Family} pseudopotentials");
    }

    /// <summary>The pseudopotential of an element: with the given number of valence electrons, else the standard one.</summary>
    /// <exception cref="LabelerSettingsException">There is none.</exception>
    public GthPseudopotential Find(Element element, int? valence = null)
    {
        if (!_entries.TryGetValue(element, out List<(GthPseudopotential Potential, bool Standard)>? entries))
            throw new LabelerSettingsException($"{Path} has no {Family} pseudopotential for {element}");
        if (valence is not int q)
            return entries.FirstOrDefault(e => e.Standard, entries[0]).Potential;
        return entries.Select(e => e.Potential).FirstOrDefault(p => p.ValenceElectrons == q) ?? throw new LabelerSettingsException(
            $"{Path} has no {Family} pseudopotential for {element} with {q} valence electrons (there is: {string.Join(", ", entries.Select(e => e.Potential.Name))})");
    }

    private void Add(GthPseudopotential potential, bool standard)
    {
        if (!_entries.TryGetValue(potential.Element, out List<(GthPseudopotential, bool)>? entries))
            _entries.Add(potential.Element, entries = []);
        entries.Add((potential, standard));
    }

    private static GthPseudopotential Parse(Element element, string name, ReadOnlySpan<string> lines)
    {
        // Only the first line (electrons per angular momentum) is read as a line; all else is a stream of numbers.
        int first = 0;
        while (first < lines.Length && Words(lines[first]).Length == 0)
            first++;
        if (first == lines.Length)
            throw new FormatException("it has no numbers");
        int electrons = Words(lines[first]).Sum(Whole);
        Queue<string> numbers = new();
        foreach (string line in lines[(first + 1)..])
        {
            foreach (string word in Words(line))
                numbers.Enqueue(word);
        }
        double radius = Real(Next(numbers));
        ImmutableArray<double> local = Reals(numbers, Whole(Next(numbers)));
        GthChannel[] channels = new GthChannel[Whole(Next(numbers))];
        for (int l = 0; l < channels.Length; l++)
        {
            double r = Real(Next(numbers));
            int n = Whole(Next(numbers));
            channels[l] = new GthChannel(r, n, Reals(numbers, n * (n + 1) / 2));
        }
        return new GthPseudopotential(element, name, electrons, radius, local, [.. channels]);
    }

    private static string[] Words(string line)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Next(Queue<string> numbers) => numbers.TryDequeue(out string? word) ? word : throw new FormatException("numbers are missing");

    private static ImmutableArray<double> Reals(Queue<string> numbers, int count) => [.. Enumerable.Range(0, count).Select(_ => Real(Next(numbers)))];

    private static double Real(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x)
            ? x
            : throw new FormatException($"'{word}' is not a number");

    private static int Whole(string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n <= 200
            ? n
            : throw new FormatException($"'{word}' is not a small whole number");

    /// <summary>Content of every pseudopotential that these settings can reach, for the settings' hash.</summary>
    internal string Fingerprint(IReadOnlyDictionary<string, int> valence)
    {
        StringBuilder text = new();
        foreach (Element element in Elements)
            text.Append(Find(element, valence.TryGetValue(element.Symbol, out int q) ? q : null).ToAbinit());
        return LabelKey.Hash(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
