using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Finds the entities of a report: the longest wordings of the vocabulary, and for each whether the sentence calls it present, absent or
/// possible. Deterministic; offsets count the UTF-16 units of the text as it was given.
/// </summary>
public sealed class LexiconTagger
{
    private static readonly Lazy<EntityLexicon> _shippedLexicon = new(() => new EntityLexicon(EntityVocabulary.Shipped.Entities));
    private readonly EntityLexicon? _glossary;

    /// <summary>A tagger for the shipped vocabulary and a glossary.</summary>
    /// <param name="glossary">Entities beyond the shipped ones; of two wordings of equal length the glossary's is taken.</param>
    public LexiconTagger(IReadOnlyCollection<Entity>? glossary = null)
    {
        _glossary = glossary is { Count: > 0 } ? new EntityLexicon(glossary) : null;
    }

    /// <summary>The tagger of the shipped vocabulary.</summary>
    public static LexiconTagger Shipped { get; } = new();

    /// <summary>Finds every mention, in text order.</summary>
    public IReadOnlyList<Mention> Tag(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var mentions = new List<Mention>();
        var sentenceIndex = 0;
        foreach (var sentence in SentenceTokenizer.Split(text))
            TagSentence(sentence, sentenceIndex++, mentions);
        return mentions;
    }

    private void TagSentence(ReportToken[] tokens, int sentenceIndex, List<Mention> mentions)
    {
        var polarity = new SentencePolarity(tokens, CueFinder.Shipped.Find(tokens));
        var spans = FindPhrases(tokens);
        var found = new List<Mention>();
        foreach (var (sense, start, end) in spans)
        {
            if (sense.Anatomy is null)
                AddFinding(sense, start, end, tokens, polarity, sentenceIndex, found);
        }

        AddStatements(tokens, polarity, spans, sentenceIndex, found);
        AddAnatomy(tokens, spans, sentenceIndex, found);
        mentions.AddRange(found.OrderBy(m => m.Start).ThenByDescending(m => m.Length).ThenBy(m => m.EntityId, StringComparer.Ordinal));
    }

    /// <summary>The longest wordings from left to right, no two of them overlapping.</summary>
    private List<(WordSense Sense, int Start, int End)> FindPhrases(ReportToken[] tokens)
    {
        var spans = new List<(WordSense, int, int)>();
        for (var at = 0; at < tokens.Length;)
        {
            if (!tokens[at].IsWord || !TryFindLongest(tokens, at, out var sense, out var end))
            {
                at++;
                continue;
            }

            spans.Add((sense, at, end));
            at = end;
        }

        return spans;
    }

    private bool TryFindLongest(ReportToken[] tokens, int at, out WordSense sense, out int end)
    {
        (sense, end) = (null!, at);
        var best = 0;
        foreach (var lexicon in (ReadOnlySpan<EntityLexicon?>)[_glossary, _shippedLexicon.Value])
        {
            if (lexicon is null)
                continue;
            if (lexicon.TryFinding(tokens, at, out var finding, out var findingEnd, out var words) && words > best)
                (sense, end, best) = (finding, findingEnd, words);
            if (lexicon.TryAnatomy(tokens, at, out var place, out var placeEnd, out words) && words > best)
                (sense, end, best) = (place, placeEnd, words);
        }

        return best > 0;
    }

    private static void AddFinding(
        WordSense sense, int start, int end, ReportToken[] tokens, SentencePolarity polarity, int sentenceIndex, List<Mention> found)
    {
        if (sense.IsNormalStatement && sense.Negated is { } normal)
        {
            found.Add(CreateMention(normal.Id, normal.Concept, normal.Type, Certainty.Absent, start, end, tokens, sentenceIndex, false));
            return;
        }

        var certainty = polarity.CertaintyOf(start, end);
        var isDisease = (sense.Present ?? sense.Negated)!.Type is EntityType.Disease or EntityType.NonDisease;
        found.Add(certainty == Certainty.Absent
            ? CreateMention(sense.Negated?.Id ?? EntityIdOf(sense.Concept, isDisease, true), sense.Concept,
                isDisease ? EntityType.NonDisease : EntityType.NonAbnormality, certainty, start, end, tokens, sentenceIndex, false)
            : CreateMention(sense.Present?.Id ?? EntityIdOf(sense.Concept, isDisease, false), sense.Concept,
                isDisease ? EntityType.Disease : EntityType.Abnormality, certainty, start, end, tokens, sentenceIndex, false));
    }

    private static void AddStatements(
        ReportToken[] tokens, SentencePolarity polarity, List<(WordSense Sense, int Start, int End)> spans, int sentenceIndex,
        List<Mention> found)
    {
        foreach (var hit in StatementFinder.Shipped.Find(tokens))
        {
            var isNormal = hit.Type == EntityType.NonAbnormality;
            var covered = spans.Exists(
                s => s.Sense.Anatomy is null && s.Start <= hit.Predicate && hit.Predicate < s.End
                    && !(isNormal && s.Sense.IsNormalStatement));
            if (covered || found.Exists(m => m.Concept == hit.Concept))
                continue;
            var isDisease = hit.Type == EntityType.Disease;
            if (isNormal)
                found.Add(CreateMention(
                    hit.EntityId, hit.Concept, hit.Type, Certainty.Absent, hit.Start, hit.End, tokens, sentenceIndex, false));
            else if (polarity.CertaintyOf(hit.Predicate, hit.End) is var certainty && certainty == Certainty.Absent)
                found.Add(CreateMention(EntityIdOf(hit.Concept, isDisease, true), hit.Concept,
                    isDisease ? EntityType.NonDisease : EntityType.NonAbnormality, certainty, hit.Start, hit.End, tokens, sentenceIndex,
                    false));
            else
                found.Add(CreateMention(hit.EntityId, hit.Concept, hit.Type, certainty, hit.Start, hit.End, tokens, sentenceIndex, false));
        }
    }

    private void AddAnatomy(ReportToken[] tokens, List<(WordSense Sense, int Start, int End)> spans, int sentenceIndex, List<Mention> found)
    {
        var taken = found.Select(m => (m.Start, End: m.Start + m.Length)).ToList();
        foreach (var (sense, start, end) in spans)
        {
            if (sense.Anatomy is { } place)
            {
                var implied = taken.Exists(t => t.Start <= tokens[start].Start && tokens[end - 1].End <= t.End);
                found.Add(
                    CreateMention(place.Id, place.Concept, EntityType.Anatomy, Certainty.Present, start, end, tokens, sentenceIndex,
                        implied));
                continue;
            }

            for (var at = start; at < end; at++)
            {
                if (TryPlace(tokens[start..end], at - start, out var inner, out var length))
                    found.Add(CreateMention(inner.Id, inner.Concept, EntityType.Anatomy, Certainty.Present, at, at + length, tokens,
                        sentenceIndex, true));
            }
        }
    }

    private bool TryPlace(ReportToken[] tokens, int at, out Entity place, out int length)
    {
        foreach (var lexicon in (ReadOnlySpan<EntityLexicon?>)[_glossary, _shippedLexicon.Value])
        {
            if (lexicon is not null && lexicon.TryAnatomy(tokens, at, out var sense, out var end, out _))
            {
                (place, length) = (sense.Anatomy!, end - at);
                return true;
            }
        }

        (place, length) = (null!, 0);
        return false;
    }

    private static string EntityIdOf(string concept, bool isDisease, bool negated) =>
        $"{(negated ? "non-" : "")}{(isDisease ? "disease" : "abnormality")}/{concept}";

    private static Mention CreateMention(
        string id, string concept, EntityType type, Certainty certainty, int start, int end, ReportToken[] tokens, int sentenceIndex,
        bool implied) =>
        new(id, concept, type, certainty, tokens[start].Start, tokens[end - 1].End - tokens[start].Start, sentenceIndex, implied);
}
