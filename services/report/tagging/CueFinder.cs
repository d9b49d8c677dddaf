using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>What a cue phrase does to the findings around it.</summary>
internal enum CueKind
{
    /// <summary>Negates what follows: <c>no evidence of</c>.</summary>
    Negation,

    /// <summary>Negates what comes before: <c>has resolved</c>.</summary>
    NegationAfter,

    /// <summary>
    /// Negates the noun that follows, up to the next "and" or mark; where none follows, what comes before: <c>normal</c>.
    /// </summary>
    NegationNear,

    /// <summary>Looks like a negation but negates nothing: <c>no change in</c>.</summary>
    Pseudo,

    /// <summary>Makes what follows uncertain: <c>may represent</c>.</summary>
    Doubt,

    /// <summary>Makes what follows uncertain even inside a negation: <c>cannot exclude</c>.</summary>
    StrongDoubt,

    /// <summary>Makes what comes before uncertain: <c>cannot be excluded</c>.</summary>
    DoubtAfter,

    /// <summary>Ends the scope of every cue: <c>but</c>.</summary>
    Stop,

    /// <summary>Ends the scope of a negation only: <c>due to</c>.</summary>
    NegationStop,
}

internal sealed record Cue(CueKind Kind);

/// <summary>A cue in a sentence, from token <c>Start</c> up to but not including <c>End</c>.</summary>
internal readonly record struct CueMatch(CueKind Kind, int Start, int End);

/// <summary>
/// The cue phrases of one file of <c>lexicon</c>. Their kinds and many of the phrases follow the negation and uncertainty patterns of
/// NegBio (public domain) and of the CheXpert labeler (MIT), turned from dependency patterns into phrases with a scope.
/// </summary>
internal sealed class CueFinder
{
    private readonly PhraseIndex<Cue> _index = new();

    private CueFinder(string file)
    {
        foreach (var line in EmbeddedRuleFile.ReadLines(typeof(CueFinder).Assembly, "report/" + file))
        {
            var cells = line.Split('\t');
            if (cells.Length != 2 || !Enum.TryParse<CueKind>(cells[0], out var kind))
                throw new FormatException($"{file}: '{line}' must be 'kind<TAB>phrase'.");
            _index.GetOrAdd(cells[1], () => new Cue(kind));
        }
    }

    /// <summary>The cues of the entity check.</summary>
    public static CueFinder Shipped { get; } = new("cues.tsv");

    /// <summary>The cues of the 14 labels.</summary>
    public static CueFinder Chexpert { get; } = new("chexpert-cues.tsv");

    /// <summary>Finds the cues of a sentence from left to right: the longest at each position, no two of them overlapping.</summary>
    public List<CueMatch> Find(ReadOnlySpan<ReportToken> tokens)
    {
        var matches = new List<CueMatch>();
        for (var at = 0; at < tokens.Length;)
        {
            if (_index.TryMatch(tokens, at, out var cue, out var end, out _))
            {
                matches.Add(new CueMatch(cue.Kind, at, end));
                at = end;
            }
            else
            {
                at++;
            }
        }

        return matches;
    }
}
