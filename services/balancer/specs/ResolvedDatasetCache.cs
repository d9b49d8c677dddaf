using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Vocabularies;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>Loads resolved data sets. Nothing of one ever changes, so each is read once and kept while the process runs.</summary>
internal sealed class ResolvedDatasetCache(MeshDatabase<BalancerDb> database, VocabularyStore vocabularies)
{
    private readonly ConcurrentDictionary<(string Tenant, string Id), ResolvedDataset> _loaded = new();

    /// <exception cref="MeshException">
    /// NOT_FOUND: the tenant has no data set of that id. DATA_CORRUPT: its vocabulary is not the one it was planned with.
    /// </exception>
    public async Task<ResolvedDataset> GetAsync(string tenant, string id, CancellationToken cancellation)
    {
        if (_loaded.TryGetValue((tenant, id), out var known))
            return known;
        await using var db = database.CreateContext();
        var row = await db.Datasets.FirstOrDefaultAsync(d => d.Id == id && d.Tenant == tenant, cancellation)
            ?? throw MeshException.NotFound($"datasets/{id}");
        var name = DatasetSpecVocabulary(row);
        var vocabulary = await vocabularies.GetAsync(tenant, name, "spec.draw.vocabulary", cancellation);
        var dataset = ResolvedDataset.FromRow(row, vocabulary);
        if (vocabulary.Digest != dataset.Resolved.Draw.VocabularyDigest)
        {
            throw new MeshException(
                ErrorReasons.DataCorrupt,
                $"The entities of {name} are not those that datasets/{id} was planned with: their digests differ.");
        }

        return _loaded.GetOrAdd((tenant, id), dataset);
    }

    private static string DatasetSpecVocabulary(DatasetRow row) =>
        Google.Protobuf.JsonParser.Default.Parse<Dataset.V1.DatasetSpec>(row.SpecJson).Draw.Vocabulary;
}
