using Csp.Host.Configuration;

namespace Csp.Host.Tests.Configuration;

public class QuantityTests
{
    [Theory]
    [InlineData("150", 150)]
    [InlineData("150 GPa", 150)]
    [InlineData("150GPa", 150)]
    [InlineData("1500 kbar", 150)]
    [InlineData("1.5e2", 150)]
    [InlineData(" -3 ", -3)]
    public void Pressures(string text, double gpa) => Assert.Equal(gpa, Quantity.Pressure.Parse(text), 1e-9);

    [Theory]
    [InlineData("30 s", 30)]
    [InlineData("25 minutes", 1500)]
    [InlineData("2h", 7200)]
    [InlineData("500 ms", 0.5)]
    public void Durations(string text, double seconds) => Assert.Equal(seconds, Quantity.Time.Parse(text), 1e-9);

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("1e999")]
    [InlineData("NaN")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData("5 eV")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => Quantity.Pressure.Parse(text));
}
