using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Finds the entities of a report: the longest wordings of the vocabulary, and for each whether the sentence calls it present, absent or
/// possible. Deterministic; offsets count the UTF-16 units of the text as it was given.
/// </summary>
public sealed class LexiconTagger
{
    private static readonly Lazy<EntityLexicon> _shippedLexicon = new(() => new EntityLexicon(EntityVocabulary.Shipped.Entities));
    private readonly PhraseFinder _phrases;

    /// <summary>A tagger for the shipped vocabulary and a glossary.</summary>
    /// <param name="glossary">Entities beyond the shipped ones; of two wordings of equal length the glossary's is taken.</param>
    public LexiconTagger(IReadOnlyCollection<Entity>? glossary = null)
    {
        _phrases = new PhraseFinder(glossary is { Count: > 0 } ? new EntityLexicon(glossary) : null, _shippedLexicon.Value);
    }

    /// <summary>The tagger of the shipped vocabulary.</summary>
    public static LexiconTagger Shipped { get; } = new();

    /// <summary>
    /// Finds every mention, in text order. What is history, technique, comparison, advice, signature or page furniture by
    /// <see cref="ReportSectioniser"/> mentions nothing.
    /// </summary>
    public IReadOnlyList<Mention> Tag(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. TagSentences(text).SelectMany(sentence => sentence.Mentions)];
    }

    /// <summary>The sentences that mention anything, or could, each with its mentions.</summary>
    internal IEnumerable<(ReportToken[] Tokens, List<Mention> Mentions)> TagSentences(string text)
    {
        var sentences = new List<ReportToken[]>();
        foreach (var range in ReportSectioniser.Split(text).Statements)
            SentenceTokenizer.Split(text, range.Start.Value, range.End.Value, sentences);
        return sentences.Select((tokens, index) => (tokens, new SentenceTagger(_phrases, tokens, index).Tag()));
    }
}
