using Csp.Host.Configuration;

namespace Csp.Host.Tests.Configuration;

public class HoconPositionsTests
{
    [Fact]
    public void Finds_the_line_of_every_key()
    {
        const string Text = """
            # comment
            a = 1
            b { c = "x = { y", d.e : [1, # inside
              2]
              // another
              f = 150 GPa }
            b.g = off
            """;
        Assert.Equal(
            [("a", 2), ("b.c", 3), ("b.d.e", 3), ("b.f", 6), ("b.g", 7)],
            HoconPositions.Scan("t.conf", Text).Select(l => (l.Key, l.Value)));
    }

    [Theory]
    [InlineData("a = 1\nb {\n c = 2\n", 2, "the '{' is never closed")]
    [InlineData("a = 1\n}\n", 2, "'}' without a '{'")]
    [InlineData("a = [1, 2\nb = 3\n", 1, "the '[' is never closed")]
    [InlineData("a = \"text\nb = 3\n", 1, "the '\"' is never closed")]
    [InlineData("a = 1\nb\nc = 2", 2, "'=' or '{' was expected after 'b'")]
    [InlineData("a = 1\nb =\n", 2, "b has no value")]
    [InlineData("a = 1\nb = ${a}\n", 2, "substitutions (${…}) are not supported")]
    [InlineData("\ninclude \"other.conf\"\n", 2, "'include' is not supported: put everything in one file")]
    [InlineData("a = 1\n= 3\n", 2, "a key was expected, not '='")]
    public void Says_what_is_malformed_and_where(string text, int line, string what)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => HoconPositions.Scan("t.conf", text));
        Assert.Equal($"t.conf, line {line}: {what}", e.Message);
    }

    [Fact]
    public void Never_fails_in_another_way()
    {
        // Whatever a file holds, the answer is keys or one sentence: every prefix and single-character change of a real file.
        string text = Reference.Text;
        Random random = new(1);
        const string Alphabet = "{}[]=:,\"#$\n a1.\\/";
        for (int i = 0; i < 3000; i++)
        {
            int at = random.Next(text.Length);
            string damaged = i % 2 == 0 ? text[..at] : text[..at] + Alphabet[random.Next(Alphabet.Length)] + text[(at + 1)..];
            try
            {
                HoconPositions.Scan("t.conf", damaged);
            }
            catch (ConfigurationException e)
            {
                Assert.InRange(e.Line ?? 0, 1, damaged.Count(c => c == '\n') + 1);
            }
        }
    }
}
