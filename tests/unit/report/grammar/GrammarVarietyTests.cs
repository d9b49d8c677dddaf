using System.Globalization;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Grammar;

/// <summary>A thousand reports of the shipped vocabulary must not read like a form letter.</summary>
public sealed class GrammarVarietyTests(ITestOutputHelper output)
{
    private const int Reports = 1000;

    [Fact]
    public async Task GenerateAsync_AThousandReports_HaveManyShapesAndNoneIsCommon()
    {
        var texts = new List<string>();
        var shapes = new Dictionary<string, int>();
        var firstAttempts = 0;
        for (var seed = 0; seed < Reports; seed++)
        {
            var report = await new ReportGenerator().GenerateAsync(
                new ReportRequest { Entities = SampleEntitySet(new Random(seed), 3 + (seed % 7), 2 + (seed % 2)), Seed = (ulong)seed },
                TestContext.Current.CancellationToken);
            firstAttempts += report.Attempts.Count == 2 ? 1 : 0;
            texts.Add(report.Findings + "\n" + report.Impression);
            foreach (var shape in SentenceShapes(texts[^1]))
                shapes[shape] = shapes.GetValueOrDefault(shape) + 1;
        }

        var sentences = shapes.Values.Sum();
        var (commonest, uses) = shapes.MaxBy(s => s.Value);
        Print($"{Reports} reports, {firstAttempts} accepted at the first attempt; {sentences} sentences of {shapes.Count} shapes");
        Print($"the commonest shape has {100.0 * uses / sentences:F1} % of the sentences: {commonest}");
        var real = OpenIReports.All.Select(r => r.Whole.Text).Where(t => t.Length > 0).ToList();
        PrintLengths("ours", texts);
        PrintLengths("Open-I", real);
        Print($"self-BLEU-4 of 200 synthetic reports: {SelfBleu([.. texts.Take(200)]):F3}");
        if (real.Count > 0)
            Print($"self-BLEU-4 of 200 Open-I reports: {SelfBleu([.. real.Take(200)]):F3}");
        Assert.True(shapes.Count >= 300, $"{shapes.Count} shapes");
        Assert.True(uses <= 0.05 * sentences, $"{uses} of {sentences}: {commonest}");
        Assert.True(firstAttempts >= 0.95 * Reports, $"{firstAttempts} at the first attempt");
    }

    [Fact]
    public async Task GenerateAsync_EveryEntityOfTheVocabulary_CanBeWrittenAlone()
    {
        foreach (var entity in EntityVocabulary.Shipped.Entities)
        {
            var request = new ReportRequest { Entities = [entity], Seed = 1, MaxAttempts = 20 };
            Assert.Contains(entity.Id,
                (await new ReportGenerator().GenerateAsync(request, TestContext.Current.CancellationToken)).FindingsEntities);
        }
    }

    [Fact]
    public async Task GenerateAsync_SixtyFourEntities_AreAllInTheReport()
    {
        var set = SampleEntitySet(new Random(5), 48, 16);
        var report = await new ReportGenerator().GenerateAsync(new ReportRequest { Entities = set, Seed = 2, MaxAttempts = 20 },
            TestContext.Current.CancellationToken);
        Assert.Equal(set.Select(e => e.Id).Order(), report.FindingsEntities.Order());
        Assert.InRange(report.Impression.Split(' ').Length, 1, 40);
    }

    /// <summary>The sentences with their entities masked.</summary>
    private static string[] SentenceShapes(string text)
    {
        var mentions = LexiconTagger.Shipped.Tag(text).OrderByDescending(m => m.Length).ToList();
        var masked = new char[text.Length];
        text.CopyTo(0, masked, 0, text.Length);
        var taken = new bool[text.Length];
        foreach (var mention in mentions)
        {
            if (taken[mention.Start])
                continue;
            for (var at = mention.Start; at < mention.Start + mention.Length; at++)
                (masked[at], taken[at]) = (at == mention.Start ? '#' : '\u0001', true);
        }

        return new string(masked).Replace("\u0001", "", StringComparison.Ordinal)
            .Split(['.', '\n', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static List<Entity> SampleEntitySet(Random random, int findings, int places)
    {
        var all = EntityVocabulary.Shipped.Entities;
        var set = new List<Entity>();
        while (set.Count < findings + places)
        {
            var entity = all[random.Next(all.Count)];
            if (entity.IsFinding == (set.Count < findings) && !set.Contains(entity) && !set.Exists(e => e.Contradicts(entity)))
                set.Add(entity);
        }

        return set;
    }

    private void PrintLengths(string name, List<string> texts)
    {
        var counts = texts.Select(t => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length).ToList();
        var bins = Enumerable.Range(0, 13).Select(b => counts.Count(c => Math.Min(c / 10, 12) == b)).ToList();
        var shares = bins.Select(
            (n, b) => FormattableString.Invariant($"{b * 10}{(b == 12 ? "+" : "")}:{100.0 * n / Math.Max(1, texts.Count):F0}%"));
        Print($"words of a report, {name,-7}: {string.Join(' ', shares)}");
    }

    /// <summary>Mean BLEU-4 of each text against all others: 1 for copies of one text, lower for more variety.</summary>
    private static double SelfBleu(List<string> texts)
    {
        var grams = texts.Select(t => t.ToLowerInvariant().Split([' ', '\n', '.', ','], StringSplitOptions.RemoveEmptyEntries))
            .Select(w => Enumerable.Range(1, 4).Select(n => Enumerable.Range(0, Math.Max(0, w.Length - n + 1))
                .GroupBy(i => string.Join(' ', w[i..(i + n)])).ToDictionary(g => g.Key, g => g.Count())).ToArray()).ToList();
        var sum = 0.0;
        for (var i = 0; i < texts.Count; i++)
        {
            var log = 0.0;
            for (var n = 0; n < 4; n++)
            {
                var hits = grams[i][n].Sum(g => Math.Min(g.Value, grams.Where((_, j) => j != i).Max(o => o[n].GetValueOrDefault(g.Key))));
                log += Math.Log(Math.Max(hits, 0.1) / Math.Max(1, grams[i][n].Values.Sum())) / 4;
            }

            sum += Math.Exp(log);
        }

        return sum / texts.Count;
    }

    private void Print(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
