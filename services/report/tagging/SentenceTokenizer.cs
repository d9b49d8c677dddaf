namespace SynCxr.Mesh.Report.Tagging;

/// <summary>A word or a punctuation mark of a report.</summary>
/// <param name="Normalized">The word in lower case and in the singular; a punctuation mark as it is.</param>
/// <param name="Start">Offset in the text, in UTF-16 units.</param>
/// <param name="Length">Length in the text, in UTF-16 units.</param>
internal readonly record struct ReportToken(string Normalized, int Start, int Length)
{
    public int End => Start + Length;

    public bool IsWord => char.IsLetterOrDigit(Normalized[0]);
}

/// <summary>
/// Splits report text into sentences of normalised tokens. A hyphen separates words: <c>air-space</c> reads like <c>air space</c>.
/// </summary>
internal static class SentenceTokenizer
{
    private static readonly HashSet<string> _abbreviations = new(StringComparer.Ordinal) { "vs", "dr", "approx", "st", "e", "g", "i" };

    private static readonly Dictionary<string, string> _irregular = new(StringComparer.Ordinal)
    {
        ["bullae"] = "bulla",
        ["metastases"] = "metastasis",
        ["hila"] = "hilum",
        ["apices"] = "apex",
        ["bases"] = "base",
        ["pneumothoraces"] = "pneumothorax",
        ["pneumothoracies"] = "pneumothorax",
        ["vertebrae"] = "vertebra",
        ["sulci"] = "sulcus",
        ["bronchi"] = "bronchus",
        ["emboli"] = "embolus",
        ["granulomata"] = "granuloma",
        ["atelectases"] = "atelectasis",
        ["scapulae"] = "scapula",
        ["axillae"] = "axilla",
        ["diagnoses"] = "diagnosis",
        ["foci"] = "focus",
        ["oedema"] = "edema",
        ["infiltration"] = "infiltrate",
        ["cardiomegally"] = "cardiomegaly",
    };

    /// <summary>The sentences of <paramref name="text"/>, none of them empty.</summary>
    public static List<ReportToken[]> Split(string text)
    {
        var sentences = new List<ReportToken[]>();
        var current = new List<ReportToken>();
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (char.IsLetterOrDigit(c))
            {
                var end = at + 1;
                while (end < text.Length && IsInsideWord(text, end))
                    end++;
                current.Add(new ReportToken(Normalize(text.AsSpan(at, end - at)), at, end - at));
                at = end;
                continue;
            }

            if (EndsSentence(text, at, current))
                Flush(sentences, current);
            else if (c is ',' or ':' or '(' or ')')
                current.Add(new ReportToken(c.ToString(), at, 1));
            at++;
        }

        Flush(sentences, current);
        return sentences;
    }

    /// <summary>The words of a term, normalised as the words of a text are.</summary>
    public static string[] NormalizedWords(string phrase) =>
        [.. Split(phrase).SelectMany(s => s).Where(t => t.IsWord).Select(t => t.Normalized)];

    private static bool IsInsideWord(string text, int at) =>
        char.IsLetterOrDigit(text[at])
        || (text[at] == '\'' && at + 1 < text.Length && char.IsLetter(text[at + 1]))
        || (text[at] == '.' && char.IsDigit(text[at - 1]) && at + 1 < text.Length && char.IsDigit(text[at + 1]));

    private static bool EndsSentence(string text, int at, List<ReportToken> current)
    {
        switch (text[at])
        {
            case ';' or '?' or '!' or '\n':
                return true;
            case '.':
                return current.Count == 0 || !_abbreviations.Contains(current[^1].Normalized) || current[^1].End != at;
            default:
                return false;
        }
    }

    private static void Flush(List<ReportToken[]> sentences, List<ReportToken> current)
    {
        if (current.Exists(t => t.IsWord))
            sentences.Add([.. current]);
        current.Clear();
    }

    private static string Normalize(ReadOnlySpan<char> word)
    {
        var lower = word.ToString().Replace("'", "", StringComparison.Ordinal).ToLowerInvariant();
        if (_irregular.TryGetValue(lower, out var known))
            return known;
        if (lower.EndsWith("thoraces", StringComparison.Ordinal))
            return string.Concat(lower.AsSpan(0, lower.Length - 3), "x");
        if (lower.Length > 4 && lower.EndsWith("ies", StringComparison.Ordinal))
            return string.Concat(lower.AsSpan(0, lower.Length - 3), "y");
        if (lower.Length > 4 && (lower.EndsWith("sses", StringComparison.Ordinal) || lower.EndsWith("xes", StringComparison.Ordinal)
            || lower.EndsWith("ches", StringComparison.Ordinal) || lower.EndsWith("shes", StringComparison.Ordinal)))
            return lower[..^2];
        return lower.Length > 3 && lower[^1] == 's' && lower[^2] is not ('s' or 'u' or 'i') ? lower[..^1] : lower;
    }
}
