using Csp.Host.Display;

namespace Csp.Host.Tests.Display;

public class TextTableTests
{
    [Fact]
    public void Numbers_stand_to_the_right_and_texts_to_the_left()
    {
        string[] lines =
        [
            "name   value",
            "----  ------",
            "a        1.5",
            "long  -20.25",
        ];
        Assert.Equal(string.Join('\n', lines), TextTable.Format(["name", "value"], [["a", "1.5"], ["long", "-20.25"]]));
    }
}
