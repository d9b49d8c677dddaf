using System.Globalization;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Balancer.Vocabularies;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>How entity sets are sampled, with the vocabulary and the scope looked up.</summary>
/// <param name="Depicted">Ids of the findings in scope, in vocabulary order; null for all.</param>
internal sealed record SamplingSource(EntityVocabulary Vocabulary, IReadOnlyList<string>? Depicted, SamplingSpec Spec,
    SamplingRequest Request);

/// <summary>Fills in the defaults of how entity sets are sampled.</summary>
internal sealed class SamplingResolver(VocabularyStore vocabularies)
{
    /// <param name="asked">What the caller gave; null where nothing was given.</param>
    /// <param name="preset">Gives what is left out.</param>
    /// <param name="field">Path of the sampling in the request.</param>
    /// <param name="sets">Number of sets, and the path that it stands at.</param>
    /// <param name="generator">Asks for the generator; called only when the scope is "depicted".</param>
    public async Task<SamplingSource> ResolveAsync(
        SamplingSpec? asked, SpecPreset preset, string field, (long Count, string Field) sets, ulong seed,
        Func<Task<ModelDescription>> generator, string tenant, CancellationToken cancellation)
    {
        var filled = asked?.Clone() ?? new SamplingSpec();
        if (filled.Vocabulary.Length == 0)
            filled.Vocabulary = VocabularyStore.NameOf(EntityVocabulary.Shipped);
        if (!filled.HasFindingsPerSet)
            filled.FindingsPerSet = preset.FindingsPerSet;
        if (!filled.HasAnatomyPerSet)
            filled.AnatomyPerSet = preset.AnatomyPerSet;
        if (!filled.HasUsageCap && preset.UsageCap is { } cap)
            filled.UsageCap = cap;
        if (!filled.HasUsageRatio)
            filled.UsageRatio = 1;
        if (!(filled.UsageRatio is > 0 and <= 1))
            throw MeshException.Invalid($"{field}.usage_ratio", "must be above 0 and at most 1");
        filled.Sampling = KnownOrDefault(filled.Sampling, SamplingMode.Pooled, $"{field}.sampling");
        var isScopeGiven = filled.Scope != FindingScope.Unspecified;
        filled.Scope = KnownOrDefault(filled.Scope, preset.Scope, $"{field}.scope");
        var vocabulary = await vocabularies.GetAsync(tenant, filled.Vocabulary, $"{field}.vocabulary", cancellation);
        CheckWeights(filled, vocabulary, field);
        IReadOnlyList<string>? depicted = null;
        if (filled.Scope == FindingScope.Depicted)
        {
            var model = await generator();
            if (model.Depicts.Count == 0 && !isScopeGiven)
                filled.Scope = FindingScope.All; // a preset can't ask for what nobody knows
            else
                depicted = FindDepicted(vocabulary, model, filled.Vocabulary, $"{field}.scope");
        }

        var request = BuildRequest(vocabulary, depicted, filled, sets.Count, seed) with { FieldPath = field, SetsFieldPath = sets.Field };
        return new SamplingSource(vocabulary, depicted, filled, request);
    }

    /// <summary>The request that a resolved sampling stands for.</summary>
    public static SamplingRequest BuildRequest(EntityVocabulary vocabulary, IReadOnlyList<string>? depicted, SamplingSpec filled, long sets,
        ulong seed)
    {
        var drawSeed = SamplingRequest.SeedOf(vocabulary.Digest, seed);
        var entities = SamplingRequest.SelectEntities(vocabulary, depicted?.ToHashSet(StringComparer.Ordinal), filled.UsageRatio, drawSeed);
        var weights = filled.Weights.ToDictionary(w => w.Entity, w => w.Weight, StringComparer.Ordinal);
        return new SamplingRequest
        {
            Entities = entities,
            Weights = weights.Count > 0 ? [.. entities.Select(e => weights.GetValueOrDefault(e.Id, 1))] : null,
            Sets = checked((int)sets),
            FindingsPerSet = filled.FindingsPerSet,
            AnatomyPerSet = filled.AnatomyPerSet,
            UsageCap = filled.HasUsageCap ? filled.UsageCap : null,
            Mode = filled.Sampling == SamplingMode.PerType ? FindingSamplingMode.PerType : FindingSamplingMode.Pooled,
            Seed = drawSeed,
        };
    }

    private static List<string> FindDepicted(EntityVocabulary vocabulary, ModelDescription generator, string name, string field)
    {
        var known = generator.Depicts.ToHashSet(StringComparer.Ordinal);
        List<string> depicted = [.. vocabulary.Entities.Where(e => e.IsFinding && known.Contains(e.Id)).Select(e => e.Id)];
        if (depicted.Count > 0)
            return depicted;
        throw MeshException.Invalid(field, known.Count > 0
            ? $"{generator.Name} depicts none of the findings of {name}; use the scope \"all\""
            : $"What {generator.Name} can render is not known: its model.yaml has no list `depicts`. Leave the scope out, use \"all\", or "
                + "list the ids of the findings there");
    }

    private static void CheckWeights(SamplingSpec sampling, EntityVocabulary vocabulary, string field)
    {
        if (sampling.Weights.Count == 0)
            return;
        var left = vocabulary.Entities.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < sampling.Weights.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{field}.weights[{i}]");
            if (!left.Remove(sampling.Weights[i].Entity))
                throw MeshException.Invalid($"{at}.entity",
                    $"'{EchoedText.Shorten(sampling.Weights[i].Entity)}' is not an entity of {sampling.Vocabulary}, or already has a "
                        + $"weight");
            if (!(sampling.Weights[i].Weight is >= 0.001 and <= 1000))
                throw MeshException.Invalid($"{at}.weight", "must be 0.001 to 1000");
        }
    }

    /// <summary>Digest of a scope: of the sorted ids, or of nothing for all.</summary>
    public static string ScopeDigest(IReadOnlyList<string>? depicted) =>
        depicted is null ? "" : Sha256Digest.HexOf(string.Join('\n', depicted.Order(StringComparer.Ordinal)));

    internal static T KnownOrDefault<T>(T given, T fallback, string field)
        where T : struct, Enum
    {
        if (EqualityComparer<T>.Default.Equals(given, default))
            return fallback;
        return Enum.IsDefined(given) ? given : throw MeshException.Invalid(field, $"{given} is not known");
    }
}
