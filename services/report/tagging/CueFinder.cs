using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>A cue in a sentence, from token <c>Start</c> up to but not including <c>End</c>.</summary>
internal readonly record struct CueMatch(CueKind Kind, int Start, int End);

/// <summary>
/// The cues of one file of <c>lexicon</c>. Their kinds and many of the phrases follow the negation and uncertainty patterns of NegBio
/// (public domain), of the CheXpert labeler (MIT) and of ConText, turned into phrases with a scope.
/// </summary>
internal sealed class CueFinder
{
    private readonly CueTrie _trie = new();
    private readonly HashSet<string> _words = new(StringComparer.Ordinal);

    private CueFinder(string file)
    {
        var classes = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var line in EmbeddedRuleFile.ReadLines(typeof(CueFinder).Assembly, "report/" + file))
        {
            var cells = line.Split('\t');
            if (cells is ["Class", var name, var members])
                classes[name] = members.Split(' ');
            else if (cells.Length == 2 && Enum.TryParse<CueKind>(cells[0], out var kind))
                Add(kind, cells[1].Split(' '), classes);
            else
                throw new FormatException($"{file}: '{line}' must be 'kind<TAB>cue' or 'Class<TAB><name><TAB>words'.");
        }
    }

    /// <summary>The cues of the entity check.</summary>
    public static CueFinder Shipped { get; } = new("cues.tsv");

    /// <summary>The cues of the 14 labels.</summary>
    public static CueFinder Chexpert { get; } = new("chexpert-cues.tsv");

    /// <summary>The words of all cues.</summary>
    public IReadOnlySet<string> Words => _words;

    /// <summary>Finds the cues of a sentence from left to right: the longest at each position, no two of them overlapping.</summary>
    public List<CueMatch> Find(ReadOnlySpan<ReportToken> tokens)
    {
        var matches = new List<CueMatch>();
        for (var at = 0; at < tokens.Length;)
        {
            if (_trie.TryMatch(tokens, at, out var match))
            {
                matches.Add(match);
                at = match.End;
            }
            else
            {
                at++;
            }
        }

        return matches;
    }

    private void Add(CueKind kind, string[] parts, Dictionary<string, string[]> classes)
    {
        IEnumerable<List<string>> cues = [[]];
        foreach (var part in parts)
        {
            var choices = (part is ['<', .., '>'] ? classes[part] : [part]).Select(Read).ToList();
            cues = cues.SelectMany(cue => choices.Select(c => (List<string>)[.. cue, .. c])).ToList();
        }

        foreach (var cue in cues)
        {
            _trie.Add(cue, kind);
            _words.UnionWith(cue);
        }
    }

    /// <summary>A word as a text's words are read, a mark or a sign as it is.</summary>
    private static string[] Read(string word) =>
        SentenceTokenizer.NormalizedWords(word) is { Length: > 0 } words ? words : [word];
}
