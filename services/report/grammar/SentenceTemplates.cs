using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>The sentence templates of <c>grammar/templates.tsv</c> by their keys.</summary>
internal static class SentenceTemplates
{
    private static readonly Dictionary<string, List<string>> _byKey = EmbeddedRuleFile
        .ReadLines(typeof(SentenceTemplates).Assembly, "report/templates.tsv")
        .Select(line => line.Split('\t')).GroupBy(c => c[0], c => c[1]).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);

    /// <summary>Fills a random template of a key; the values are pairs: name, text, name, text.</summary>
    public static string Fill(string key, SplitMix64 stream, params ReadOnlySpan<string> values)
    {
        var text = stream.Pick(_byKey[key]);
        for (var i = 0; i < values.Length; i += 2)
            text = text.Replace("{" + values[i] + "}", values[i + 1], StringComparison.Ordinal);
        return text;
    }
}
