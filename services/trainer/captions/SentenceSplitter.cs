using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>The sentences of a report.</summary>
internal static partial class SentenceSplitter
{
    /// <summary>Those of two words or more; the whole text if there is none such.</summary>
    public static IReadOnlyList<string> Split(string report)
    {
        string[] sentences = [.. End().Split(report).Select(s => s.Trim()).Where(s => s.Contains(' ', StringComparison.Ordinal))];
        return sentences.Length > 0 ? sentences : [report];
    }

    [GeneratedRegex(@"(?<=[.!?])\s+|\n+")]
    private static partial Regex End();
}
