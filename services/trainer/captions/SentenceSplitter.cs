using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>Splits a report into sentences.</summary>
internal static partial class SentenceSplitter
{
    /// <summary>The sentences of two words or more; the whole text if there are none.</summary>
    public static IReadOnlyList<string> Split(string report)
    {
        string[] sentences = [.. End().Split(report).Select(s => s.Trim()).Where(s => s.Contains(' ', StringComparison.Ordinal))];
        return sentences.Length > 0 ? sentences : [report];
    }

    [GeneratedRegex(@"(?<=[.!?])\s+|\n+")]
    private static partial Regex End();
}
