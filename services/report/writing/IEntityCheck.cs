using System.Collections.Frozen;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>Finds the entities of a text. Named in the setting <c>Report:Check</c>.</summary>
public interface IEntityCheck
{
    string Name { get; }

    string Version { get; }

    /// <summary>SHA-256 of its rules or weights, lower-case hex.</summary>
    string Digest { get; }

    bool Deterministic { get; }

    /// <summary>The mentions of a text, with the shipped entities and those of the glossary.</summary>
    ValueTask<IReadOnlyList<Mention>> TagAsync(string text, IReadOnlyList<Entity> glossary, CancellationToken cancellation);
}

/// <summary>The checks by name.</summary>
public static class EntityCheckNames
{
    /// <summary>
    /// Longest match over the vocabulary with negation and uncertainty rules: exact about the vocabulary, blind beyond it.
    /// </summary>
    public const string Lexicon = "lexicon";

    /// <summary>Every check that this build holds.</summary>
    public static FrozenDictionary<string, IEntityCheck> ByName { get; } =
        new IEntityCheck[] { new LexiconCheck() }.ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);
}
