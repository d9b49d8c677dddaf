namespace SynCxr.Mesh.Report.Tagging;

/// <summary>A wording of the vocabulary in a sentence, from token <c>Start</c> up to but not including <c>End</c>.</summary>
internal readonly record struct PhraseMatch(WordSense Sense, int Start, int End);

/// <summary>Finds the wordings of the vocabulary, and of a glossary, in a sentence.</summary>
/// <param name="glossary">Of two wordings of equal length the glossary's is taken.</param>
/// <param name="shipped">The vocabulary.</param>
internal sealed class PhraseFinder(EntityLexicon? glossary, EntityLexicon shipped)
{
    private readonly EntityLexicon[] _lexicons = glossary is null ? [shipped] : [glossary, shipped];

    /// <summary>
    /// The longest wordings from left to right. No two findings overlap; a place may overlap the begin of a finding that goes on behind it:
    /// <c>right upper lobe</c> and <c>upper lobe collapse</c>.
    /// </summary>
    public List<PhraseMatch> Find(ReportToken[] tokens)
    {
        var found = new List<PhraseMatch>();
        for (var at = 0; at < tokens.Length;)
        {
            if (!tokens[at].IsWord)
            {
                at++;
                continue;
            }

            var finding = FindFinding(tokens, at, out var findingWords);
            var place = FindPlace(tokens, at, out var placeWords);
            if (finding is { } whole && findingWords >= placeWords)
            {
                found.Add(whole);
                at = whole.End;
            }
            else if (place is { } where)
            {
                found.Add(where);
                at = where.End;
                if (FindOverlapping(tokens, where) is not { } longer)
                    continue;
                found.Add(longer);
                at = longer.End;
            }
            else
            {
                at++;
            }
        }

        return found;
    }

    /// <summary>The longest place at a position.</summary>
    public PhraseMatch? FindPlace(ReadOnlySpan<ReportToken> tokens, int at, out int words)
    {
        words = 0;
        PhraseMatch? best = null;
        foreach (var lexicon in _lexicons)
        {
            if (!lexicon.TryAnatomy(tokens, at, out var sense, out var end, out var count) || count <= words)
                continue;
            best = new PhraseMatch(sense, at, end);
            words = count;
        }

        return best;
    }

    private PhraseMatch? FindFinding(ReadOnlySpan<ReportToken> tokens, int at, out int words)
    {
        words = 0;
        PhraseMatch? best = null;
        foreach (var lexicon in _lexicons)
        {
            if (!lexicon.TryFinding(tokens, at, out var sense, out var end, out var count) || count <= words)
                continue;
            best = new PhraseMatch(sense, at, end);
            words = count;
        }

        return best;
    }

    /// <summary>A finding that begins inside a place and ends behind it.</summary>
    private PhraseMatch? FindOverlapping(ReadOnlySpan<ReportToken> tokens, PhraseMatch place)
    {
        for (var at = place.Start + 1; at < place.End; at++)
        {
            if (FindFinding(tokens, at, out _) is { } finding && finding.End > place.End)
                return finding;
        }

        return null;
    }
}
