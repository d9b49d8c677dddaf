using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// A statement about a place: the tokens from <c>Start</c> to <c>End</c> (exclusive) hold both, the predicate begins at <c>Predicate</c>.
/// </summary>
internal readonly record struct StatementMatch(string EntityId, string Concept, EntityType Type, int Start, int End, int Predicate);

/// <summary>
/// Finds what reports say with a subject and a predicate rather than with one phrase: <c>the heart and mediastinum are within normal
/// limits</c>,
/// <c>the thoracic aorta is tortuous</c>. The rows of <c>lexicon/statements.tsv</c> are entity, places, predicates.
/// </summary>
internal sealed class StatementFinder
{
    /// <summary>Words that may stand between a place and its predicate, in either order.</summary>
    private static readonly HashSet<string> _between = new(StringComparer.Ordinal)
    {
        "is", "are", "was", "were", "be", "been", "has", "have", "appear", "remain", "demonstrate", "show", "again", "also", "both",
        "grossly", "otherwise", "overall",
        "and", "or", ",", "the", "a", "size", "contour", "silhouette", "in", "at", "within", "mildly", "mild", "moderately", "moderate",
        "markedly",
        "slightly", "minimally", "somewhat", "visualized", "of", "stable", "unchanged", "left", "right", "bilateral", "as", "well",
        "appearing",
        "appearance", "shadow", "configuration", "fairly", "relatively", "largely", "very", "upper", "limit", "to", "shape", "caliber",
        "shadow", "their",
        "severely", "persistently", "xxxx", "well", "bilaterally", "now", "still", "diffusely", "diffuse", "chronically", "marking",
        "pattern", "central", "focally", ":",
    };

    /// <summary>
    /// Words that may follow a place whose predicate comes first; any other makes it part of a longer noun: <c>normal heart | valve</c>.
    /// </summary>
    private static readonly HashSet<string> _mayFollow = new(StringComparer.Ordinal)
    {
        "and", "or", "with", "without", "is", "are", "appear", "remain", "in", "on", "of", "at", "for", "but", "no", "which", "as", "size",
        "contour", "silhouette", "while", "there",
    };

    private readonly PhraseIndex<List<StatementRule>> _predicates = new();
    private readonly PhraseIndex<HashSet<StatementRule>> _places = new();

    private StatementFinder(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var cells = line.Split('\t');
            if (cells.Length != 3)
                throw new FormatException($"statements.tsv: '{line}' must have 3 columns.");
            if (!EntityVocabulary.Shipped.TryGet(cells[0], out var entity))
                throw new FormatException($"statements.tsv: '{cells[0]}' is not in the shipped vocabulary.");
            var row = new StatementRule(entity.Id, entity.Concept, entity.Type);
            foreach (var place in cells[1].Split(';'))
                _places.GetOrAdd(place, () => []).Add(row);
            foreach (var predicate in cells[2].Split(';'))
                _predicates.GetOrAdd(predicate, () => []).Add(row);
        }
    }

    public static StatementFinder Shipped { get; } =
        new(EmbeddedRuleFile.ReadLines(typeof(StatementFinder).Assembly, "report/statements.tsv"));

    /// <summary>Finds every statement of a sentence about a place.</summary>
    public List<StatementMatch> Find(ReadOnlySpan<ReportToken> tokens)
    {
        var matches = new List<StatementMatch>();
        var places = FindPlaces(tokens);
        if (places.Count == 0)
            return matches;
        var matchedPredicates = new List<(int Start, int End)>();
        for (var at = 0; at < tokens.Length; at++)
        {
            if (!_predicates.TryMatch(tokens, at, out var rows, out var end, out _) || places.Exists(p => p.Start <= at && at < p.End))
                continue;
            var found = MatchPlacesBefore(tokens, at, end, rows, places, matchedPredicates, matches);
            if (!found)
                MatchPlacesAfter(tokens, at, end, rows, places, matches);
            matchedPredicates.Add((at, end));
            at = end - 1;
        }

        return matches;
    }

    private static bool MatchPlacesBefore(
        ReadOnlySpan<ReportToken> tokens, int at, int end, List<StatementRule> rows, List<PlaceSpan> places,
        List<(int Start, int End)> matchedPredicates, List<StatementMatch> matches)
    {
        var found = false;
        var negated = at > 0 && tokens[at - 1].Normalized == "not";
        for (var left = at - 1 - (negated ? 1 : 0); left >= 0;)
        {
            var place = places.Find(p => p.End == left + 1);
            if (place.Rules is not null)
            {
                foreach (var row in rows)
                {
                    if (!place.Rules.Contains(row) || (negated && row.IsNormal))
                        continue;
                    matches.Add(new StatementMatch(row.EntityId, row.Concept, row.Type, place.Start, end, at));
                    found = true;
                }

                left = place.Start - 1;
            }
            else if (matchedPredicates.Find(p => p.End == left + 1) is { End: > 0 } other)
            {
                left = other.Start - 1;
            }
            else if (_between.Contains(tokens[left].Normalized))
            {
                left--;
            }
            else
            {
                break;
            }
        }

        return found;
    }

    private static void MatchPlacesAfter(ReadOnlySpan<ReportToken> tokens, int at, int end, List<StatementRule> rows,
        List<PlaceSpan> places, List<StatementMatch> matches)
    {
        for (var right = end; right < tokens.Length;)
        {
            var place = places.Find(p => p.Start == right);
            if (place.Rules is not null)
            {
                if (place.End < tokens.Length && tokens[place.End].IsWord && !_mayFollow.Contains(tokens[place.End].Normalized))
                    break;
                foreach (var row in rows)
                {
                    if (place.Rules.Contains(row))
                        matches.Add(new StatementMatch(row.EntityId, row.Concept, row.Type, at, place.End, at));
                }

                right = place.End;
            }
            else if (_between.Contains(tokens[right].Normalized) && tokens[right].Normalized is not ("is" or "are" or "appear" or "remain"
                or "has" or "have"))
            {
                right++;
            }
            else
            {
                break;
            }
        }
    }

    private List<PlaceSpan> FindPlaces(ReadOnlySpan<ReportToken> tokens)
    {
        var places = new List<PlaceSpan>();
        for (var at = 0; at < tokens.Length;)
        {
            if (_places.TryMatch(tokens, at, out var rows, out var end, out _))
            {
                places.Add(new PlaceSpan(at, end, rows));
                at = end;
            }
            else
            {
                at++;
            }
        }

        return places;
    }

    private readonly record struct PlaceSpan(int Start, int End, HashSet<StatementRule> Rules);

    /// <summary>One line of the file. Two lines of one entity are two rules, therefore a class without value equality.</summary>
    private sealed class StatementRule(string entityId, string concept, EntityType type)
    {
        public string EntityId => entityId;

        public string Concept => concept;

        public EntityType Type => type;

        public bool IsNormal => Type == EntityType.NonAbnormality;
    }
}
