namespace Csp.Learning.Checkpoints;

/// <summary>Words out of a file that somebody else made, on their way to a terminal.</summary>
public static class UntrustedText
{
    private const int Longest = 400;

    /// <summary>The text without control characters (which terminals obey) and without line breaks, cut where it is very long.</summary>
    public static string Shown(string text)
    {
        string cut = text.Length <= Longest ? text : text[..Longest] + "…";
        return string.Concat(cut.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c));
    }

    /// <summary>The first line of the text, as <see cref="Shown"/>: what libraries add below it is for programmers.</summary>
    public static string FirstLine(string text) => Shown(text.Split('\n')[0].Trim());
}
