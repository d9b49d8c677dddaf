using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Labelling;

/// <summary>
/// The 14 labels of a report by the rules of the CheXpert labeler (Irvin et al. 2019): phrases found as parts of words, denied or doubted
/// by what stands around them, then one value a label. Its dependency patterns are cue phrases with a reach here, since its parser needs a
/// model; the README of this folder says what that changes.
/// </summary>
public static partial class ChexpertLabeler
{
    public const string Name = "chexpert-rules", Version = "2";

    private static readonly string[] _alwaysDoubtful =
        ["vascular congestion", "pulmonary congestion", "indistinctness", "vascular prominence"];

    private static readonly string[] _heartFailure = ["chf", "heart failure"];

    /// <summary>SHA-256 over its phrases and cues, lower-case hex.</summary>
    public static string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
        LabelPhrases.All.SelectMany(p => p.Mentions.Prepend(p.Label).Concat(p.Unmentions))
            .Concat(EmbeddedRuleFile.ReadLines(typeof(ChexpertLabeler).Assembly, "report/chexpert-cues.tsv"))
            .Concat(EmbeddedRuleFile.ReadLines(typeof(ChexpertLabeler).Assembly, "report/words.tsv"))))));

    /// <summary>Labels what a report says of its image; history, technique and the like are left out.</summary>
    /// <param name="text">A report, or a part of one.</param>
    /// <returns>All 14, by name.</returns>
    public static IReadOnlyDictionary<string, LabelValue> Label(string text)
    {
        var sections = ReportSectioniser.Split(text);
        var mentions = sections.Statements.SelectMany(range => FindMentions(text[range])).ToList();
        var labels = ChexpertLabels.All.ToDictionary(l => l, l => Join([.. mentions.Where(m => m.Label == l).Select(m => m.Value)]));
        labels[ChexpertLabels.NoFinding] =
            mentions.Any(m => m.Label != ChexpertLabels.SupportDevices && m.Value != LabelValue.Negative)
                ? LabelValue.NotMentioned : LabelValue.Positive;
        return labels;
    }

    private static IEnumerable<(string Label, LabelValue Value)> FindMentions(string text)
    {
        var clean = Clean(text);
        foreach (var tokens in SentenceTokenizer.Split(clean))
        {
            var start = tokens[0].Start;
            var end = tokens[^1].End < clean.Length ? tokens[^1].End + 1 : clean.Length;
            var sentence = new LabelSentence(tokens);
            foreach (var (label, phrases, unmentions) in LabelPhrases.All)
            {
                foreach (var phrase in phrases)
                {
                    foreach (var at in Occurrences(clean, phrase, start, end))
                    {
                        if (Overlaps(clean, unmentions, start, end, at, phrase.Length))
                            continue;
                        var value = sentence.ValueOf(phrase, at);
                        if (value == LabelValue.Positive && _alwaysDoubtful.Contains(phrase))
                            value = LabelValue.Uncertain;
                        yield return (label, value);
                        if (value != LabelValue.Negative && _heartFailure.Contains(phrase))
                            yield return (ChexpertLabels.Cardiomegaly, LabelValue.Uncertain);
                    }
                }
            }
        }
    }

    /// <summary>A denial beside a doubt is a doubt, even beside a plain mention; else a plain mention wins.</summary>
    private static LabelValue Join(LabelValue[] values)
    {
        if (values.Length == 0)
            return LabelValue.NotMentioned;
        if (values.Contains(LabelValue.Negative) && values.Contains(LabelValue.Uncertain))
            return LabelValue.Uncertain;
        return values.Contains(LabelValue.Positive) ? LabelValue.Positive : values[0];
    }

    /// <summary>The labeler's own cleaning of a text, before its sentences are split.</summary>
    private static string Clean(string text)
    {
        var lower = text.ToLowerInvariant().Replace("and/or", "or", StringComparison.Ordinal);
        var words = Slash().Replace(lower, " or ").Replace("..", ".", StringComparison.Ordinal);
        return White().Replace(words.Replace(".", ". ", StringComparison.Ordinal).Replace(",", ", ", StringComparison.Ordinal), " ").Trim();
    }

    private static IEnumerable<int> Occurrences(string text, string phrase, int start, int end)
    {
        for (var at = text.IndexOf(phrase, start, end - start, StringComparison.Ordinal); at >= 0;
            at = text.IndexOf(phrase, at + phrase.Length, end - at - phrase.Length, StringComparison.Ordinal))
            yield return at;
    }

    private static bool Overlaps(string text, string[] phrases, int start, int end, int at, int length) =>
        phrases.Any(p => Occurrences(text, p, start, end).Any(u => at < u + p.Length && at + length > u));

    [GeneratedRegex(@"(?<=[a-z])/(?=[a-z])")]
    private static partial Regex Slash();

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();
}
