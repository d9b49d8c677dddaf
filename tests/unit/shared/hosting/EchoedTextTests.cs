using SynCxr.Mesh.Errors;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting;

public sealed class EchoedTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("röntgen 'x' 胸", "röntgen 'x' 胸")]
    [InlineData("a\nb\r\tc\0\u001b[31m\u009b", "a\\nb\\r\\tc\\u0000\\u001b[31m\\u009b")]
    [InlineData("\u202eevil\u2028", "\\u202eevil\\u2028")]
    [InlineData("\ud83e\udec1", "\ud83e\udec1")]
    public void Shorten_ShortText_EscapesWhatCannotBeSeen(string text, string shown) => Assert.Equal(shown, EchoedText.Shorten(text));

    [Fact]
    public void Shorten_HalfOfACharacter_IsEscaped() => Assert.Equal("\\ud83e!", EchoedText.Shorten($"{(char)0xd83e}!"));

    [Fact]
    public void NotFound_LongName_IsShortened() =>
        Assert.Equal($"{new string('n', 119)}… does not exist", MeshException.NotFound(new string('n', 5000)).Message);

    [Theory]
    [InlineData("x", 200, 120)]
    [InlineData("x", 121, 120)]
    [InlineData("\n", 100, 119)]
    [InlineData("\0", 100, 115)]
    [InlineData("\ud83e\udec1", 100, 119)]
    public void Shorten_LongText_IsCutBetweenCharactersTo120(string part, int times, int length)
    {
        var shown = EchoedText.Shorten(string.Concat(Enumerable.Repeat(part, times)));
        Assert.Equal(length, shown.Length);
        Assert.EndsWith("…", shown);
        Assert.False(char.IsHighSurrogate(shown[^2]));
        Assert.Equal(new string('x', 120), EchoedText.Shorten(new string('x', 120)));
    }
}
