using System.Formats.Tar;
using System.IO.Compression;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Vocabulary.Sections;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Vocabulary.Sections;

/// <summary>Other languages are told from English, and no English report is taken for one.</summary>
public sealed class ReportLanguageDetectorTests
{
    [Theory]
    [InlineData("Befund: Kein Pleuraerguss. Kardiomegalie.\nBeurteilung: Stauung.", "de")]
    [InlineData("Kein Nachweis von Infiltraten. Herz nicht vergrößert.", "de")]
    [InlineData("Impresión: Sin neumotórax. Cardiomegalia. No derrame pleural.", "es")]
    [InlineData("Poumon gauche sans anomalie. Épanchement à droite.", "fr")]
    [InlineData("Senza versamento. Cuore nei limiti.", "it")]
    [InlineData("Sem derrame pleural. Coração não aumentado.", "pt")]
    [InlineData("Geen pneumothorax. Het hart is niet vergroot.", "nl")]
    [InlineData("Clear lungs.", null)]
    [InlineData("FINDINGS: No effusion. Dr. van der Berg, Los Angeles.", null)]
    [InlineData("Cardiomegaly de novo. LA enlarged, PA and lateral.", null)]
    [InlineData("", null)]
    public void FindForeign_CommonWords_TellTheLanguage(string text, string? expected) =>
        Assert.Equal(expected, ReportLanguageDetector.FindForeign(text));

    [GoldenFact("report-text-cases")]
    public void FindForeign_ReportsOfReaders_AreEnglish()
    {
        if (!GoldenFolder.TryFind("report-text-cases", out var folder) || !folder.HasAny("sections.jsonl"))
            return;
        Assert.All(folder.ReadList("sections.jsonl").Concat(folder.ReadList("mentions.jsonl")),
            c => Assert.Null(ReportLanguageDetector.FindForeign(c.GetProperty("text").GetString()!)));
    }

    [Fact]
    public void FindForeign_RealReports_AreEnglish()
    {
        if (!SharedData.TryFind("openi-reports/NLMCXR_reports.tgz", out var archive))
            return;
        using var tar = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
        var (read, foreign) = (0, new List<string>());
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null)
                continue;
            using var text = new StreamReader(entry.DataStream);
            var report = text.ReadToEnd();
            read++;
            if (ReportLanguageDetector.FindForeign(report[report.IndexOf("<Abstract>", StringComparison.Ordinal)..]) is not null)
                foreign.Add(entry.Name);
        }

        Assert.InRange(read, 3900, 4000);
        Assert.Empty(foreign);
    }
}
