using SynCxr.Mesh.Curation.Judging.Chat;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Judging.Chat;

public sealed class YesNoReaderTests
{
    [Theory]
    [InlineData("YES", true)]
    [InlineData("no", false)]
    [InlineData(" Yes.\n", true)]
    [InlineData("'NO'", false)]
    [InlineData("**YES**", true)]
    [InlineData("\"No.\"", false)]
    [InlineData("YES!", true)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("YES, it is a chest X-ray.", null)]
    [InlineData("NO YES", null)]
    [InlineData("yes and no", null)]
    [InlineData("YESNO", null)]
    [InlineData("Not sure", null)]
    [InlineData("None", null)]
    [InlineData("The answer is YES", null)]
    [InlineData("YES\nNO", null)]
    [InlineData("Ja", null)]
    [InlineData("1", null)]
    public void Read_Text_IsTheAnswerOrNone(string? text, bool? expected) => Assert.Equal(expected, YesNoReader.Read(text));

    [Theory]
    [InlineData("1: YES\n2: NO\n3: YES", "YES|NO|YES")]
    [InlineData("Here you are:\n1. yes\n2) no\n3 - YES\n", "yes|no|YES")]
    [InlineData("**1:** YES\r\n2: NO\r\n\r\n3: YES", "YES|NO|YES")]
    [InlineData("3: YES\n1: NO", "NO||YES")]
    [InlineData("1: YES\n1: NO\n2: YES", "|YES|")]
    [InlineData("1: YES\n4: NO\n0: YES\n99999999999: YES", "YES||")]
    [InlineData("YES\nNO\nYES", "||")]
    [InlineData("1: YES because it is sharp", "YES because it is sharp||")]
    public void FindLines_Text_HasEachQuestionsOwnLine(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', YesNoReader.FindLines(text, 3)));
}
