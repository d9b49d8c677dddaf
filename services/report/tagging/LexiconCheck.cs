using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>The entity check <c>lexicon</c>. It keeps the tagger of a glossary for as long as the glossary is in use.</summary>
internal sealed class LexiconCheck : IEntityCheck
{
    private static readonly string[] _ruleFiles = ["report/cues.tsv", "report/words.tsv", "report/statements.tsv"];

    private readonly ConditionalWeakTable<IReadOnlyList<Entity>, LexiconTagger> _taggers = [];

    public string Name => EntityCheckNames.Lexicon;

    public string Version => "2";

    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        EntityVocabulary.Shipped.Digest + string.Join('\n',
            _ruleFiles.SelectMany(f => EmbeddedRuleFile.ReadLines(typeof(LexiconCheck).Assembly, f))
                .Append(ReportSectioniser.Digest)))));

    public bool Deterministic => true;

    public ValueTask<IReadOnlyList<Mention>> TagAsync(string text, IReadOnlyList<Entity> glossary, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var tagger = glossary.Count == 0 ? LexiconTagger.Shipped : _taggers.GetValue(glossary, g => new LexiconTagger(g));
        return new ValueTask<IReadOnlyList<Mention>>(tagger.Tag(text));
    }
}
