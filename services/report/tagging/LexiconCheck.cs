using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>The entity check <c>lexicon</c>. It keeps the tagger of a glossary for as long as the glossary is in use.</summary>
internal sealed class LexiconCheck : IEntityCheck
{
    private readonly ConditionalWeakTable<IReadOnlyList<Entity>, LexiconTagger> _taggers = [];

    public string Name => EntityCheckNames.Lexicon;

    public string Version => "1";

    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        EntityVocabulary.Shipped.Digest + string.Join('\n',
            EmbeddedRuleFile.ReadLines(typeof(LexiconCheck).Assembly, "report/cues.tsv")
                .Concat(EmbeddedRuleFile.ReadLines(typeof(LexiconCheck).Assembly, "report/statements.tsv"))))));

    public bool Deterministic => true;

    public ValueTask<IReadOnlyList<Mention>> TagAsync(string text, IReadOnlyList<Entity> glossary, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var tagger = glossary.Count == 0 ? LexiconTagger.Shipped : _taggers.GetValue(glossary, g => new LexiconTagger(g));
        return new ValueTask<IReadOnlyList<Mention>>(tagger.Tag(text));
    }
}
