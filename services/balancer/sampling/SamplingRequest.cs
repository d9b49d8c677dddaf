using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>How findings are sampled from their four lists.</summary>
public enum FindingSamplingMode
{
    /// <summary>Uniform over the union of the four lists.</summary>
    Pooled,

    /// <summary>The four lists take turns.</summary>
    PerType,
}

/// <summary>What to draw. Everything that the plan depends on, and nothing else.</summary>
public sealed record SamplingRequest
{
    /// <summary>The entities that may be sampled, in vocabulary order.</summary>
    public required IReadOnlyList<Entity> Entities { get; init; }

    /// <summary>Sets to plan (N).</summary>
    public required int Sets { get; init; }

    /// <summary>Findings a set (k).</summary>
    public required int FindingsPerSet { get; init; }

    /// <summary>Anatomy terms a set (m).</summary>
    public required int AnatomyPerSet { get; init; }

    /// <summary>Most uses of one entity (tau_max); null for the smallest that is enough.</summary>
    public int? UsageCap { get; init; }

    public FindingSamplingMode Mode { get; init; }

    /// <summary>
    /// How often each entity is used, relative to the others of its list, in the order of <see cref="Entities"/>; null for equal use.
    /// </summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>Seed of every draw; see <see cref="SeedOf"/>.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Where in the caller's message the draw stands, for errors: <c>spec.draw</c>.</summary>
    public string FieldPath { get; init; } = "draw";

    /// <summary>Where the number of sets stands in the caller's message.</summary>
    public string SetsFieldPath { get; init; } = "count";

    /// <summary>Mixes the caller's seed with the vocabulary that it is sampled from.</summary>
    public static ulong SeedOf(string vocabularyDigest, ulong seed) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"draw|{vocabularyDigest}|{seed}")));

    /// <summary>
    /// The entities that a draw may take: those in scope (<paramref name="depicted"/> holds the findings that the
    /// generator knows; null for all), then a seeded share of each of the five lists. A larger share holds the smaller.
    /// </summary>
    public static IReadOnlyList<Entity> SelectEntities(EntityVocabulary vocabulary, IReadOnlySet<string>? depicted, double share,
        ulong seed)
    {
        var inScope = vocabulary.Entities.Where(e => !e.IsFinding || depicted is null || depicted.Contains(e.Id)).ToArray();
        if (share >= 1)
            return inScope;
        var kept = new HashSet<int>();
        var random = new SplitMix64(seed ^ 0x5348_4152_4500_0000);
        foreach (var type in Enum.GetValues<EntityType>())
        {
            var members = Enumerable.Range(0, inScope.Length).Where(e => inScope[e].Type == type).ToArray();
            random.Shuffle(members);
            kept.UnionWith(members.Take((int)Math.Ceiling(members.Length * share)));
        }

        return [.. Enumerable.Range(0, inScope.Length).Where(kept.Contains).Select(e => inScope[e])];
    }
}
