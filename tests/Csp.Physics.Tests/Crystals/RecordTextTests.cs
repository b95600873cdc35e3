using System.Reflection;
using System.Runtime.CompilerServices;
using Csp.Physics.Crystals;
using Xunit;

namespace Csp.Physics.Tests.Crystals;

/// <summary>Records can be written: into a log, by a failing test.</summary>
public class RecordTextTests
{
    [Fact]
    public void A_matrix_writes_its_rows() =>
        Assert.Equal("[1 2 3; 4 5 6; 7 8 9.5]", new Mat3(1, 2, 3, 4, 5, 6, 7, 8, 9.5).ToString());

    /// <summary>The text that the compiler makes of a record holds all its properties, and never ends where one of them is of the same type.</summary>
    [Fact]
    public void No_record_writes_itself_within_itself()
    {
        string[] endless = [.. typeof(Mat3).Assembly.GetTypes().Where(WrittenByTheCompiler).Where(type => type
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Any(p => p.GetIndexParameters().Length == 0 && (Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType) == type))
            .Select(type => type.FullName!)];
        Assert.Empty(endless);
    }

    private static bool WrittenByTheCompiler(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null
        && type.GetMethod(nameof(ToString), BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly, []) is { } text
        && text.GetCustomAttribute<CompilerGeneratedAttribute>() is not null;
}
