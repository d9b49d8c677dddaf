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

/// <summary>How a text is held against its entity set.</summary>
public enum MatchingMode
{
    /// <summary>The entities of the text equal the set.</summary>
    Strict = 1,

    /// <summary>The entities of the text hold the set; more are allowed.</summary>
    Lenient = 2,
}

/// <summary>What to write. The same request gives the same report.</summary>
public sealed record ReportRequest
{
    /// <summary>Entities that the report must hold: 1 to 64, each once, none contradicting another.</summary>
    public required IReadOnlyList<Entity> Entities { get; init; }

    /// <summary>Entities beyond the shipped lexicon that the check is to know, those of the set among them.</summary>
    public IReadOnlyList<Entity> Glossary { get; init; } = [];

    /// <summary>Seed of every choice.</summary>
    public ulong Seed { get; init; }

    public ImpressionStyle Impression { get; init; } = ImpressionStyle.Salient;

    public MatchingMode Matching { get; init; } = MatchingMode.Strict;

    /// <summary>Attempts for each of the two steps, 1 to 20.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>A request for entities of the shipped vocabulary by their ids.</summary>
    /// <exception cref="Errors.MeshException">An id is unknown.</exception>
    public static ReportRequest FromShippedIds(ulong seed, params IReadOnlyList<string> ids) => new()
    {
        Seed = seed,
        Entities = [.. ids.Select((id, i) => EntityVocabulary.Shipped.TryGet(id, out var entity)
            ? entity : throw Errors.MeshException.Invalid($"spec.entities[{i}]", $"'{id}' is not in the vocabulary"))],
    };
}
