using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Ner;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// An entity check: finds the entities that a text mentions. Requests name the checks that a text must pass; the setting
/// <c>Report:Check</c> names the one of those that name none.
/// </summary>
public interface IEntityCheck
{
    /// <summary>One of <see cref="EntityCheckNames"/>.</summary>
    string Name { get; }

    string Version { get; }

    /// <summary>SHA-256 of its rules or weights, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>True when the same text always gives the same mentions.</summary>
    bool Deterministic { get; }

    /// <summary>Name of the engine that runs it.</summary>
    string Engine => Name;

    /// <summary>Runtime, provider and processor that its mentions hold for; <c>any</c> where they depend on none.</summary>
    string Fingerprint => "any";

    /// <summary>The licence of its model; empty where it has none of its own.</summary>
    string Licence => "";

    /// <summary>Whom to name where what it checked is passed on.</summary>
    IReadOnlyList<string> Attribution => [];

    /// <summary>Finds the mentions of the shipped entities and of those in the glossary, in text order.</summary>
    ValueTask<IReadOnlyList<Mention>> TagAsync(string text, IReadOnlyList<Entity> glossary, CancellationToken cancellation);
}

/// <summary>The names of the entity checks.</summary>
public static class EntityCheckNames
{
    /// <summary>
    /// Longest match over the vocabulary, with rules for negation and uncertainty: exact for the vocabulary, blind to any other term.
    /// </summary>
    public const string Lexicon = "lexicon";

    /// <summary>
    /// A token classifier (RaTE-NER and its like) on ONNX Runtime: finds what the vocabulary does not know, and reads negation from
    /// examples instead of rules, as well as it learnt to.
    /// </summary>
    public const string Ner = "ner";

    /// <summary>The names of the checks that this build holds.</summary>
    public static IReadOnlyCollection<string> All => ByName.Keys;

    /// <summary>What makes each check from the settings; it gives null where the settings do not set the check up.</summary>
    internal static FrozenDictionary<string, Func<IServiceProvider, IEntityCheck?>> ByName { get; } =
        new Dictionary<string, Func<IServiceProvider, IEntityCheck?>>
        {
            [Lexicon] = _ => new LexiconCheck(),
            [Ner] = services => NerCheck.Create(services.GetRequiredService<IOptions<NerOptions>>().Value,
                services.GetRequiredService<IOptions<TextModelOptions>>().Value),
        }.ToFrozenDictionary(StringComparer.Ordinal);
}
