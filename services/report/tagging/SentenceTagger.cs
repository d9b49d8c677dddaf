using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Makes the mentions of one sentence from the wordings in it and from what its cues say of them.</summary>
/// <param name="phrases">The wordings that are looked for.</param>
/// <param name="tokens">The sentence.</param>
/// <param name="sentence">Its index in the text.</param>
internal sealed class SentenceTagger(PhraseFinder phrases, ReportToken[] tokens, int sentence)
{
    private readonly SentencePolarity _polarity = new(tokens, CueFinder.Shipped.Find(tokens));
    private readonly List<PhraseMatch> _matches = phrases.Find(tokens);
    private readonly List<Mention> _found = [];

    /// <summary>The mentions in text order, the longest first of those that begin together.</summary>
    public List<Mention> Tag()
    {
        AlternativeFinder.MakeProbable(tokens, _matches, _polarity);
        foreach (var match in _matches)
        {
            if (match.Sense.Anatomy is null)
                AddFinding(match);
        }

        AddStatements();
        AddAnatomy();
        _found.Sort(InTextOrder);
        return _found;
    }

    private static int InTextOrder(Mention a, Mention b) => a.Start != b.Start ? a.Start.CompareTo(b.Start)
        : a.Length != b.Length ? b.Length.CompareTo(a.Length) : string.CompareOrdinal(a.EntityId, b.EntityId);

    private void AddFinding(PhraseMatch match)
    {
        var (sense, start, end) = match;
        if (sense.IsNormalStatement && sense.Negated is { } normal)
            Add(normal.Id, normal.Concept, normal.Type, Certainty.Absent, start, end);
        else
            AddFinding(sense.Concept, (sense.Present ?? sense.Negated)!.Type is EntityType.Disease or EntityType.NonDisease,
                sense.Present?.Id, sense.Negated?.Id, start, end, start);
    }

    /// <param name="decisive">Where what the cues say of the finding begins: at its predicate, where it is a statement.</param>
    private void AddFinding(string concept, bool isDisease, string? presentId, string? absentId, int start, int end, int decisive)
    {
        var certainty = _polarity.CertaintyOf(decisive, end);
        if (certainty == Certainty.Absent)
            Add(absentId ?? EntityIdOf(concept, isDisease, true), concept, isDisease ? EntityType.NonDisease : EntityType.NonAbnormality,
                certainty, start, end);
        else
            Add(presentId ?? EntityIdOf(concept, isDisease, false), concept, isDisease ? EntityType.Disease : EntityType.Abnormality,
                certainty, start, end, isProbable: _polarity.IsProbable(decisive, end));
    }

    private void AddStatements()
    {
        foreach (var hit in StatementFinder.Shipped.Find(tokens))
        {
            var isNormal = hit.Type == EntityType.NonAbnormality;
            var covered = _matches.Exists(
                m => m.Sense.Anatomy is null && m.Start <= hit.Predicate && hit.Predicate < m.End
                    && !(isNormal && m.Sense.IsNormalStatement));
            if (covered || _found.Exists(m => m.Concept == hit.Concept))
                continue;
            if (isNormal)
                Add(hit.EntityId, hit.Concept, hit.Type, Certainty.Absent, hit.Start, hit.End);
            else
                AddFinding(hit.Concept, hit.Type == EntityType.Disease, hit.EntityId, null, hit.Start, hit.End, hit.Predicate);
        }
    }

    private void AddAnatomy()
    {
        var taken = _found.Select(m => (m.Start, End: m.Start + m.Length)).ToList();
        foreach (var (sense, start, end) in _matches)
        {
            if (sense.Anatomy is { } place)
            {
                var implied = taken.Exists(t => t.Start <= tokens[start].Start && tokens[end - 1].End <= t.End);
                Add(place.Id, place.Concept, EntityType.Anatomy, Certainty.Present, start, end, implied);
                continue;
            }

            for (var at = start; at < end; at++)
            {
                if (phrases.FindPlace(tokens.AsSpan(0, end), at, out _) is { } inner)
                    Add(inner.Sense.Anatomy!.Id, inner.Sense.Concept, EntityType.Anatomy, Certainty.Present, at, inner.End, implied: true);
            }
        }
    }

    private static string EntityIdOf(string concept, bool isDisease, bool negated) =>
        $"{(negated ? "non-" : "")}{(isDisease ? "disease" : "abnormality")}/{concept}";

    private void Add(string id, string concept, EntityType type, Certainty certainty, int start, int end, bool implied = false,
        bool isProbable = false) =>
        _found.Add(new Mention(id, concept, type, certainty, tokens[start].Start, tokens[end - 1].End - tokens[start].Start, sentence,
            implied)
        { IsProbable = isProbable });
}
