using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Balancer.Vocabularies;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>What of a data set never changes: read once, kept while the process lives.</summary>
internal sealed record ResolvedDataset(
    string Id, string Tenant, string SpecDigest, ResolvedSpec Spec, Dataset.V1.DatasetSpec Filled, EntityVocabulary Vocabulary,
    SamplingRequest Draw,
    IReadOnlySet<string> Depicts, string EnginesJson);

/// <summary>Loads contexts.</summary>
internal sealed class ResolvedDatasetCache(MeshDatabase<BalancerDb> rows, VocabularyStore vocabularies)
{
    private readonly ConcurrentDictionary<string, ResolvedDataset> _loaded = new(StringComparer.Ordinal);

    public async Task<ResolvedDataset> GetAsync(string tenant, string dataset, CancellationToken cancellation)
    {
        if (_loaded.TryGetValue(dataset, out var known) && known.Tenant == tenant)
            return known;
        await using var db = rows.CreateContext();
        var row = await db.Datasets.FirstOrDefaultAsync(d => d.Id == dataset && d.Tenant == tenant, cancellation)
            ?? throw MeshException.NotFound($"datasets/{dataset}");
        var spec = ResolvedSpec.Parse(row.ResolvedJson);
        var filled = Google.Protobuf.JsonParser.Default.Parse<Dataset.V1.DatasetSpec>(row.SpecJson);
        var vocabulary = await vocabularies.GetAsync(tenant, filled.Draw.Vocabulary, "spec.draw.vocabulary", cancellation);
        if (vocabulary.Digest != spec.Draw.VocabularyDigest)
            throw new MeshException(ErrorReasons.DataCorrupt,
                $"{filled.Draw.Vocabulary} is not the vocabulary that datasets/{dataset} was planned with");
        var depicts = JsonSerializer.Deserialize<string[]>(row.DepictedJson) ?? [];
        var depicted = filled.Draw.Scope == FindingScope.All ? null : depicts;
        var draw = SamplingResolver.BuildRequest(vocabulary, depicted, filled.Draw, row.Pairs,
            ulong.Parse(spec.Seed, CultureInfo.InvariantCulture));
        var context = new ResolvedDataset(dataset, tenant, row.SpecDigest, spec, filled, vocabulary, draw,
            depicts.ToHashSet(StringComparer.Ordinal), row.EnginesJson);
        return _loaded.GetOrAdd(dataset, context);
    }
}
