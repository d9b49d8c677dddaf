using SynCxr.Mesh.Vocabulary.Sections;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Vocabulary.Sections;

/// <summary>Kinds of reports beside those of the golden cases: <c>F</c>, <c>I</c>, <c>A</c> and <c>U</c> are the four parts.</summary>
public sealed class ReportSectioniserTests
{
    [Theory]
    [InlineData("EXAM: CXR\nFINDINGS\nLUNGS: Clear.\nIMPRESSION\nNo acute disease.", "F:LUNGS: Clear.|I:No acute disease.")]
    [InlineData("IMPRESSION No acute disease.", "I:No acute disease.")]
    [InlineData("History\nof pneumonia. Clear lungs.", "U:History of pneumonia. Clear lungs.")]
    [InlineData("HISTORY: Cough.\n\nClear lungs. HISTORY: Fever. IMPRESSION: Normal.", "I:Normal.")]
    [InlineData("IMPRESSION 1. Edema.\n2. Effusion.", "I:1. Edema. 2. Effusion.")]
    [InlineData("HISTORY: Cough.\n\nHeart is enlarged.\n\nIMPRESSION: Cardiomegaly.", "I:Cardiomegaly.|U:Heart is enlarged.")]
    [InlineData("HISTORY: Cough.\n\nFor 3 weeks.\n\nFINDINGS: Clear lungs.", "F:Clear lungs.")]
    [InlineData("INDICATION: Cough.\nLUNGS: Clear.\nHEART: Enlarged.", "U:LUNGS: Clear. HEART: Enlarged.")]
    [InlineData("CLINICAL HISTORY: FEVER COMPARISON: NONE FINDINGS: EDEMA IMPRESSION: EDEMA", "F:EDEMA|I:EDEMA")]
    [InlineData("Compared with the prior\nstudy: unchanged effusion.", "U:Compared with the prior study: unchanged effusion.")]
    [InlineData("The chest\nfindings\nare stable.", "U:The chest findings are stable.")]
    [InlineData("Findings (PA and lateral): Effusion.", "F:Effusion.")]
    [InlineData("_Impression_:\nEdema.", "U:_Impression_: Edema.")]
    [InlineData("ORDERING DEPT: ED\nFINDINGS: Edema.\nDIST CODE: 12", "F:Edema. DIST CODE: 12")]
    [InlineData("FINDINGS: Edema.\nSigned by: X", "F:Edema.")]
    [InlineData("FINDINGS: Edema.\n-- 1 --\nEffusion.", "F:Edema.|F:Effusion.")]
    [InlineData("WET READ: Edema.\nFINAL REPORT\nIMPRESSION: No edema.", "I:No edema.")]
    [InlineData("IMPRESSION: Edema.\nADDENDUM: Nodule.", "I:Edema.|A:Nodule.")]
    [InlineData("INDICATION: r/o pneumonia.\nTECHNIQUE: PA.", "")]
    [InlineData("", "")]
    [InlineData("\n:\n::\nFINDINGS:", "U:: ::")]
    public void Split_FindsWhatSpeaksOfTheImage(string text, string expected)
    {
        var sections = ReportSectioniser.Split(text);

        Assert.Equal(expected, string.Join('|', Describe(sections)));
    }

    /// <summary>Marks without end, nested marks and capitals only: time grows with the length, no more.</summary>
    [Theory]
    [InlineData("FINDINGS ")]
    [InlineData("(FINDINGS 1/1/1 ")]
    [InlineData("1. ")]
    [InlineData("Impression: x. ")]
    [InlineData("PA AP CHEST, ")]
    [InlineData("##**[[")]
    [InlineData("___ ")]
    public void Split_OfALongLine_EndsSoon(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 65_536 / part.Length));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var sections = ReportSectioniser.Split(text);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        Assert.All(sections.Statements, r => Assert.InRange(r.End.Value, r.Start.Value + 1, text.Length));
    }

    [Fact]
    public void Split_OfMutatedReports_GivesRangesInOrder()
    {
        var random = new Random(20261130);
        string[] parts = ["FINDINGS", "IMPRESSION", "WET READ", "ADDENDUM", "LUNGS", "CHEST", "Page 1 of 2", "Signed by", "clear", "5:30",
            ":", "\n", "\r\n", "\u2028", " ", "___", ".", "#", "\ufeff", "\ud83d", "-"];
        for (var run = 0; run < 20_000; run++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => parts[random.Next(parts.Length)]));

            var sections = ReportSectioniser.Split(text);

            var last = 0;
            foreach (var range in sections.Statements)
            {
                Assert.True(range.Start.Value >= last && range.End.Value > range.Start.Value && range.End.Value <= text.Length, text);
                last = range.End.Value;
            }
        }
    }

    private static IEnumerable<string> Describe(ReportSections sections) =>
        new[] { ('F', sections.Findings), ('I', sections.Impression), ('A', sections.Addendum), ('U', sections.Unheaded) }
            .SelectMany(p => p.Item2.Select(r => $"{p.Item1}:{sections.Read([r])}"));
}
