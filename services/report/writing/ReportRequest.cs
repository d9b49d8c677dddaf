using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>How the IMPRESSION is made.</summary>
public enum ImpressionStyle
{
    /// <summary>A real summary of what matters, at most about 40 words.</summary>
    Salient = 1,

    /// <summary>The paper's rule: every entity of the set is in it.</summary>
    All = 2,
}

/// <summary>How strictly the entities of a text must match the entity set.</summary>
public enum MatchingMode
{
    /// <summary>The entities of the text equal the set.</summary>
    Strict = 1,

    /// <summary>The text holds the set and may hold more, but nothing that contradicts it.</summary>
    Lenient = 2,
}

/// <summary>The report that is asked for. A deterministic writer gives the same report for the same request.</summary>
public sealed record ReportRequest
{
    /// <summary>The entity set: 1 to 64 entities, each once, none contradicting another.</summary>
    public required IReadOnlyList<Entity> Entities { get; init; }

    /// <summary>Entities beyond the shipped vocabulary that the check must know, including those of the set. Default: none.</summary>
    public IReadOnlyList<Entity> Glossary { get; init; } = [];

    /// <summary>Seed of every choice that the writer makes.</summary>
    public ulong Seed { get; init; }

    public ImpressionStyle Impression { get; init; } = ImpressionStyle.Salient;

    public MatchingMode Matching { get; init; } = MatchingMode.Strict;

    /// <summary>Attempts for each of the two steps, 1 to 20. Default 5.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>A request for entities of the shipped vocabulary, given by their ids.</summary>
    /// <exception cref="Errors.MeshException">An id is unknown.</exception>
    public static ReportRequest FromShippedIds(ulong seed, params IReadOnlyList<string> ids) => new()
    {
        Seed = seed,
        Entities = [.. ids.Select((id, i) => EntityVocabulary.Shipped.TryGet(id, out var entity)
            ? entity
            : throw Errors.MeshException.Invalid($"spec.entities[{i}]",
                $"'{Errors.EchoedText.Shorten(id)}' is not in the shipped vocabulary."))],
    };
}
