using System.Collections.Frozen;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>An entity check: finds the entities that a text mentions. The setting <c>Report:Check</c> names the one in use.</summary>
public interface IEntityCheck
{
    /// <summary>One of <see cref="EntityCheckNames"/>.</summary>
    string Name { get; }

    string Version { get; }

    /// <summary>SHA-256 of its rules or weights, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>True when the same text always gives the same mentions.</summary>
    bool Deterministic { get; }

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

    /// <summary>The names of the checks that this build holds.</summary>
    public static IReadOnlyCollection<string> All => ByName.Keys;

    /// <summary>The checks by name.</summary>
    public static FrozenDictionary<string, IEntityCheck> ByName { get; } =
        new IEntityCheck[] { new LexiconCheck() }.ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);
}
