using SynCxr.Mesh.Report.Tagging;

namespace SynCxr.Mesh.Report.Building;

/// <summary>A phrase that the shipped vocabulary lacks.</summary>
/// <param name="Term">Its most frequent spelling, lower case.</param>
/// <param name="Words">Its normalised words.</param>
/// <param name="Present">Ids of the reports that call it present or possible, in the order of reading.</param>
/// <param name="Absent">Ids of the reports that call it absent.</param>
public sealed record UnknownTerm(string Term, IReadOnlyList<string> Words, IReadOnlyList<string> Present, IReadOnlyList<string> Absent)
{
    /// <summary>Ids of all reports that hold it.</summary>
    public IReadOnlyList<string> Reports => [.. Present.Union(Absent)];
}

/// <summary>
/// Collects the noun phrases that are not a wording of the vocabulary: runs of words between function words and verbs, without the
/// modifiers in front (side, grade, time). <c>large zebra opacity</c> is collected as <c>zebra opacity</c>, although <c>opacity</c> is
/// known.
/// </summary>
internal sealed class TermMiner
{
    private const int MaxTermWords = 4;
    private const string DeidentificationMask = "xxxx";
    private static readonly HashSet<string> _copulas = new(StringComparer.Ordinal) { "is", "are", "was", "were", "appear", "remain", "be",
        "well", "been" };
    private readonly Dictionary<string, TermOccurrences> _occurrences = new(StringComparer.Ordinal);
    private readonly EntityLexicon _lexicon = new(Vocabulary.EntityVocabulary.Shipped.Entities);

    /// <summary>Collects the phrases of one report.</summary>
    public void Add(SourceReport report)
    {
        foreach (var tokens in SentenceTokenizer.Split(report.Text))
        {
            SentencePolarity? polarity = null;
            for (var start = 0; start < tokens.Length;)
            {
                var end = start;
                while (end < tokens.Length && IsContent(tokens[end]))
                    end++;
                if (end > start)
                    Collect(report, tokens, start, end, polarity ??= new SentencePolarity(tokens, CueFinder.Shipped.Find(tokens)));
                start = Math.Max(end, start + 1);
            }
        }
    }

    /// <summary>The phrases that enough reports hold, the most frequent first.</summary>
    public IReadOnlyList<UnknownTerm> FrequentTerms(int minReports) =>
    [
        .. WithoutPartsOfLongerTerms(
            _occurrences.Values.Select(occurrences => occurrences.ToTerm()).Where(term => term.Reports.Count >= minReports).ToList())
            .OrderByDescending(t => t.Reports.Count).ThenBy(t => t.Term, StringComparer.Ordinal),
    ];

    /// <summary>
    /// Leaves out the phrases that only occur inside one longer phrase: <c>bone anchor</c> in <c>humeral head bone anchor</c>.
    /// </summary>
    private static IEnumerable<UnknownTerm> WithoutPartsOfLongerTerms(List<UnknownTerm> terms)
    {
        var byWords = terms.ToDictionary(t => string.Join(' ', t.Words), StringComparer.Ordinal);
        var parts = new HashSet<UnknownTerm>();
        foreach (var term in terms)
        {
            for (var from = 1; from < term.Words.Count; from++)
            {
                if (byWords.TryGetValue(string.Join(' ', term.Words.Skip(from)), out var part) && part.Reports.Count == term.Reports.Count)
                    parts.Add(part);
            }
        }

        return terms.Where(t => !parts.Contains(t));
    }

    private static bool IsContent(ReportToken token) =>
        token.IsWord && token.Normalized.Length > 1 && !MiningWordLists.PhraseBreaks.Contains(token.Normalized)
            && !token.Normalized.StartsWith(DeidentificationMask, StringComparison.Ordinal)
            && token.Normalized.All(c => !char.IsDigit(c) || token.Length > 3);

    private void Collect(SourceReport report, ReportToken[] tokens, int start, int end, SentencePolarity polarity)
    {
        var last = end;
        while (last > start && MiningWordLists.Modifiers.Contains(tokens[last - 1].Normalized))
            last--;
        var (whole, inside) = (true, start);
        for (var first = start; first < last; first++)
        {
            if (first < inside || (MiningWordLists.Modifiers.Contains(tokens[first].Normalized) && !IsKnown(tokens, first, last)))
                continue;
            if (last - first <= MaxTermWords && (whole || last - first > 1))
                Record(report, tokens, first, last, polarity);
            whole = false;
            inside = Math.Max(inside, KnownEnd(tokens, first));
        }

        if (last == end && end + 1 < tokens.Length && tokens[end].Normalized == "of")
            CollectJoined(report, tokens, start, end, polarity);
    }

    /// <summary>Collects two phrases joined by <c>of</c>: <c>ectasia of the [descending] aorta</c>.</summary>
    private void CollectJoined(SourceReport report, ReportToken[] tokens, int start, int of, SentencePolarity polarity)
    {
        var second = of + 1;
        while (second < tokens.Length && tokens[second].Normalized is ("the" or "a" or "an"))
            second++;
        var end = second;
        while (end < tokens.Length && IsContent(tokens[end]) && end - second < MaxTermWords)
            end++;
        while (start < of && MiningWordLists.Modifiers.Contains(tokens[start].Normalized))
            start++;
        if (end > second && start < of && of - start <= 2 && !MiningWordLists.NeverTermEndings.Contains(tokens[of - 1].Normalized)
            && tokens[of - 1].Normalized is not ("area" or "focus" or "segment" or "region" or "zone")
            && !MiningWordLists.CannotEndNounPhrase(tokens[of - 1].Normalized))
            Record(report, tokens, start, end, polarity);
    }

    private void Record(SourceReport report, ReportToken[] tokens, int start, int end, SentencePolarity polarity)
    {
        if (IsInsideKnown(tokens, start, end) || IsMadeOfKnown(tokens, start, end) || !IsTerm(report.Text, tokens, start, end))
            return;
        var words = tokens[start..end].Select(t => t.Normalized).ToArray();
        var key = string.Join(' ', words);
        if (!_occurrences.TryGetValue(key, out var found))
            _occurrences[key] = found = new TermOccurrences(words);
        found.Add(report.Id, report.Text[tokens[start].Start..tokens[end - 1].End], polarity.CertaintyOf(start, end));
    }

    /// <summary>
    /// True for what reads like a term: it ends in a noun that means something, it is not cut short by a mask of the de-identification, and
    /// a single word is not a predicate (<c>is expanded</c>).
    /// </summary>
    private static bool IsTerm(string text, ReportToken[] tokens, int start, int end)
    {
        var head = tokens[end - 1].Normalized;
        if (MiningWordLists.NeverTermEndings.Contains(head) || MiningWordLists.CannotEndNounPhrase(head)
            || (end < tokens.Length && tokens[end].Normalized == DeidentificationMask))
            return false;
        if (text.AsSpan(tokens[start].Start, tokens[end - 1].End - tokens[start].Start).ContainsAny('/', '\n', '*'))
            return false;
        return end - start > 1
            || (head.Length > 4 && !MiningWordLists.NeverWholeTerms.Contains(head)
                && (start == 0 || !_copulas.Contains(tokens[start - 1].Normalized)));
    }

    /// <summary>True when the run as a whole is a wording of the vocabulary.</summary>
    private bool IsKnown(ReportToken[] tokens, int start, int end) =>
        (_lexicon.TryFinding(tokens, start, out _, out var at, out _) && at >= end)
            || (_lexicon.TryAnatomy(tokens, start, out _, out at, out _) && at >= end);

    /// <summary>True when the run is the end of a wording that begins before it: <c>[no] acute cardiopulmonary process</c>.</summary>
    private bool IsInsideKnown(ReportToken[] tokens, int start, int end)
    {
        for (var at = Math.Max(0, start - MaxTermWords); at <= start; at++)
        {
            if (IsKnown(tokens, at, end))
                return true;
        }

        return false;
    }

    /// <summary>True when the run consists of known wordings, modifiers and words that end no term: <c>lung base atelectasis</c>.</summary>
    private bool IsMadeOfKnown(ReportToken[] tokens, int start, int end)
    {
        while (start < end)
        {
            var next = KnownEnd(tokens, start);
            if (next == start
                && (MiningWordLists.NeverTermEndings.Contains(tokens[start].Normalized)
                    || MiningWordLists.Modifiers.Contains(tokens[start].Normalized)))
                next = start + 1;
            if (next == start)
                return false;
            start = next;
        }

        return true;
    }

    /// <summary>The end of the longest known wording at a position; the position itself where there is none.</summary>
    private int KnownEnd(ReportToken[] tokens, int at)
    {
        var end = _lexicon.TryFinding(tokens, at, out _, out var finding, out _) ? finding : at;
        return _lexicon.TryAnatomy(tokens, at, out _, out var place, out _) ? Math.Max(end, place) : end;
    }

    private sealed class TermOccurrences(string[] words)
    {
        private readonly Dictionary<string, int> _spellings = new(StringComparer.Ordinal);

        public List<string> Present { get; } = [];

        public List<string> Absent { get; } = [];

        public void Add(string report, string surface, Certainty certainty)
        {
            var spelling = string.Join(' ', surface.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            _spellings[spelling] = _spellings.GetValueOrDefault(spelling) + 1;
            var list = certainty == Certainty.Absent ? Absent : Present;
            if (list.Count == 0 || list[^1] != report)
                list.Add(report);
        }

        public UnknownTerm ToTerm() => new(
            _spellings.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal).First().Key, words, Present, Absent);
    }
}
