using System.Globalization;
using SynCxr.Mesh.Report.Tagging;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

/// <summary>
/// The lexicon tagger against the public gold labels of Open-I, from FINDINGS and IMPRESSION only. The rules were tuned on the reports with
/// odd numbers; the even ones were never looked at.
/// </summary>
public sealed class LexiconTaggerGoldTests(ITestOutputHelper output)
{
    private const int MinPositives = 10;

    [Fact]
    public void Tag_RealReports_ReachMacroF1OnTheEvenHalf()
    {
        var gold = OpenIReports.Gold();
        if (gold.Count == 0 || OpenIReports.All.Count == 0)
            return;
        var found = OpenIReports.All.Where(r => gold.ContainsKey(OpenIReports.Number(r.Whole.Id)))
            .ToDictionary(r => OpenIReports.Number(r.Whole.Id), r => ChestXray14Labeler.LabelsOf(LexiconTagger.Shipped.Tag(r.Whole.Text)));
        Assert.Equal(3851, found.Count);
        PrintTable("odd (tuned on)", found.Where(f => f.Key % 2 == 1), gold);
        var macro = PrintTable("even (measured)", found.Where(f => f.Key % 2 == 0), gold);
        Assert.True(macro >= 0.85, $"macro F1 {macro:F4} on the even half is below 0.85");
    }

    [Fact]
    public void ReadOpenI_WithoutMeshElements_GivesTheSameTextsAndLabels()
    {
        foreach (var (whole, stripped) in OpenIReports.All)
            Assert.Equal(whole, stripped);

        foreach (var (whole, stripped) in OpenIReports.All.Take(300))
            Assert.Equal(LexiconTagger.Shipped.Tag(whole.Text), LexiconTagger.Shipped.Tag(stripped.Text));
    }

    private double PrintTable(string half, IEnumerable<KeyValuePair<int, IReadOnlySet<string>>> found,
        Dictionary<int, HashSet<string>> gold)
    {
        var reports = found.ToList();
        Print($"{half}: {reports.Count} reports");
        Print($"  {"label",-20} {"positives",9}   P      R      F1");
        var scores = new List<double>();
        foreach (var label in ChestXray14Labeler.All)
        {
            var both = reports.Count(r => r.Value.Contains(label) && gold[r.Key].Contains(label));
            var said = reports.Count(r => r.Value.Contains(label));
            var real = reports.Count(r => gold[r.Key].Contains(label));
            var f1 = 2.0 * both / Math.Max(1, said + real);
            Print($"  {label,-20} {real,9}   {both / (double)Math.Max(1, said):F3}  {both / (double)Math.Max(1, real):F3}  {f1:F3}");
            if (real >= MinPositives)
                scores.Add(f1);
        }

        Print($"  macro F1 over the {scores.Count} labels with at least {MinPositives} positives: {scores.Average():F4}");
        return scores.Average();
    }

    private void Print(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
