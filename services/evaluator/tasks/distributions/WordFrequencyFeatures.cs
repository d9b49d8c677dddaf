using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Evaluator.Tasks.Distributions;

/// <summary>Features of reports that need no model: the frequencies of the words that both sides use most.</summary>
internal static partial class WordFrequencyFeatures
{
    private const int Words = 256;

    public static (float[][] Real, float[][] Other) Extract(IReadOnlyList<string> real, IReadOnlyList<string> other)
    {
        var split = real.Concat(other).Select(t => Word().Matches(t.ToLowerInvariant()).Select(m => m.Value).ToArray()).ToArray();
        var index = split.SelectMany(w => w.Distinct()).GroupBy(w => w).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal).Take(Words)
            .Select((g, i) => (g.Key, i)).ToDictionary(p => p.Key, p => p.i, StringComparer.Ordinal);
        float[][] rows = [.. split.Select(words =>
        {
            var row = new float[index.Count];
            foreach (var word in words)
            {
                if (index.TryGetValue(word, out var at))
                    row[at] += 1f / words.Length;
            }

            return row;
        })];
        return (rows[..real.Count], rows[real.Count..]);
    }

    [GeneratedRegex("[a-z]+")]
    private static partial Regex Word();
}
