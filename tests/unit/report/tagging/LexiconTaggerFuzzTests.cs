using System.Diagnostics;
using System.Text;
using SynCxr.Mesh.Report.Tagging;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

/// <summary>Texts that nobody wrote: the tagger answers each, in a time that grows with its length.</summary>
public sealed class LexiconTaggerFuzzTests
{
    private const int Texts = 20_000;

    private const string Marks =
        "\n\r\f\u2028\u0085 \t.,;:?!()-–—•*/'’\u00AD\u200B\uFEFF\uD83E\uDEF8ﬁÆ：；（１a1.)no|=[]<>^$#\0";

    private static readonly string[] _reports =
    [
        "FINDINGS: No focal consolidation,\npleural effusion, or pneumo-\nthorax. The heart is mildly enlarged; ?edema.\nIMPRESSION: None.",
        "INDICATION: r/o PNA.\nCOMPARISON: ___.\nLUNGS: Clear.\nPLEURA: No effusion - none seen.\n1. Stable nodule\n2) No PTX (small)",
        "Left basilar opacity, atelectasis versus pneumonia. If symptoms persist, CT to look for embolism. ET tube has been removed.",
    ];

    [Fact]
    public void Tag_MutatedReports_AnswersWithinTheText()
    {
        var random = new Random(20_261_130);
        var watch = Stopwatch.StartNew();
        for (var number = 0; number < Texts; number++)
        {
            var text = Mutate(random);
            foreach (var mention in LexiconTagger.Shipped.Tag(text))
            {
                Assert.True(mention.Start >= 0 && mention.Length > 0 && mention.Start + mention.Length <= text.Length,
                    $"'{text}': {mention.EntityId} from {mention.Start}, {mention.Length} long");
            }
        }

        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"{Texts} texts took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("no ")]
    [InlineData("and ")]
    [InlineData("? ")]
    [InlineData("no effusion, ")]
    [InlineData("effusion; ")]
    [InlineData("no pleural-\n")]
    [InlineData("heart is enlarged and ")]
    [InlineData("FINDINGS: ")]
    [InlineData("( ")]
    [InlineData("not the ")]
    [InlineData("\n")]
    public void Tag_TwiceTheText_TakesAboutTwiceTheTime(string unit)
    {
        var small = string.Concat(Enumerable.Repeat(unit, 40_000 / unit.Length));
        var shortest = Measure(small);
        var longest = Measure(string.Concat(Enumerable.Repeat(small, 8)));
        Assert.True(longest < (24 * shortest) + TimeSpan.FromSeconds(1), $"'{unit}': {shortest} and, eight times as long, {longest}");
    }

    private static TimeSpan Measure(string text)
    {
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < 2; run++)
        {
            var watch = Stopwatch.StartNew();
            LexiconTagger.Shipped.Tag(text);
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }

        return best;
    }

    private static string Mutate(Random random)
    {
        var text = new StringBuilder(_reports[random.Next(_reports.Length)]);
        for (var changes = random.Next(1, 12); changes > 0; changes--)
        {
            var at = random.Next(text.Length + 1);
            var other = _reports[random.Next(_reports.Length)];
            var (a, b) = (random.Next(other.Length), random.Next(other.Length));
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, Marks[random.Next(Marks.Length)]);
                    break;
                case 1:
                    text.Remove(at, Math.Min(text.Length - at, random.Next(1, 9)));
                    break;
                case 2:
                    text.Insert(at, other[Math.Min(a, b)..Math.Max(a, b)]);
                    break;
                default:
                    text.Insert(at, at < text.Length ? new string(text[at], random.Next(1, 40)) : "\n");
                    break;
            }
        }

        return text.ToString();
    }
}
