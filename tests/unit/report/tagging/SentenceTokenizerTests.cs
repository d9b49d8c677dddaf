using SynCxr.Mesh.Report.Tagging;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

public sealed class SentenceTokenizerTests
{
    [Theory]
    [InlineData("No focal\nconsolidation.", "no focal consolidation")]
    [InlineData("No focal  \r\n   consolidation.", "no focal consolidation")]
    [InlineData("No focal\u2028consolidation.", "no focal consolidation")]
    [InlineData("No\n\nfocal\n\nconsolidation.", "no focal consolidation")]
    [InlineData("No effusion\n\nedema.\nMass.", "no effusion / edema / mass")]
    [InlineData("No effusion\nLeft mass", "no effusion / left mass")]
    [InlineData("Tip of the\nPICC in the left\nSVC", "tip of the picc in the left svc")]
    [InlineData("No effusion\n- mass", "no effusion / mass")]
    [InlineData("No effusion\n2. mass", "no effusion / mass")]
    [InlineData("Mass measures\n2.5 cm", "mass measure 2.5 cm")]
    [InlineData("NO EFFUSION OR\nMASS. EDEMA\nIN THE LUNG.", "no effusion or mass / edema in the lung")]
    [InlineData("no effusion\nheart: enlarged", "no effusion / heart : enlarged")]
    [InlineData("Effu-\nsion and EDE-\nMA", "effusion and edema")]
    [InlineData("Ground-\nglass opacity, right-\nsided", "ground glass opacity , right sided")]
    [InlineData("Mass 1) edema (2) effusion", "mass / edema / effusion")]
    [InlineData("Level (T 12) of mass", "level ( t 12 ) of mass")]
    [InlineData("No mass; edema; or effusion", "no mass , edema , or effusion")]
    [InlineData("No mass; small effusion", "no mass / small effusion")]
    [InlineData("No mass; edema; and the heart is large", "no mass / edema / and the heart is large")]
    [InlineData("No mass—edema – effusion -- scar", "no mass - edema - effusion - scar")]
    [InlineData("air–space left-sided", "air space left sided")]
    [InlineData("?edema and mass?", "? edema and mass ?")]
    [InlineData("Edema (?) seen? Mass", "edema ( ? ) seen ? / mass")]
    [InlineData("W/o edema, c/w mass 2/2 CHF", "without edema , consistent with mass secondary to heart failure")]
    [InlineData("Seen 2/2/2030", "seen 2 2 2030")]
    [InlineData("Can\u2019t see pleu\u00ADral ﬂuid", "cannot see pleural fluid")]
    [InlineData("ＮＯ ｍａｓｓ； edema。 scar", "no mass / edema / scar")]
    [InlineData("Approx. 8 mm. Neg. for mass. Neg. Edema", "approx 8 mm / negative for mass / negative / edema")]
    public void Split_Text_EndsSentencesWhereTheyEnd(string text, string expected) => Assert.Equal(expected,
        string.Join(" / ", SentenceTokenizer.Split(text).Select(s => string.Join(' ', s.Select(t => t.Normalized)))));

    [Fact]
    public void Split_WordParted_SpansBothHalves()
    {
        const string text = "No effu-\r\n  sion.";
        var token = SentenceTokenizer.Split(text)[0][1];
        Assert.Equal("effu-\r\n  sion", text.Substring(token.Start, token.Length));
    }
}
