using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Vocabularies;

/// <summary>The shipped vocabulary and those that tenants have added. A vocabulary never changes once added.</summary>
internal sealed class VocabularyStore(MeshDatabase<BalancerDb> rows, TimeProvider clock)
{
    private const string Prefix = "vocabularies/";
    private readonly ConcurrentDictionary<(string Tenant, string Name), EntityVocabulary> _loaded = new();

    public static string NameOf(EntityVocabulary vocabulary) => Prefix + vocabulary.Name;

    /// <exception cref="MeshException">The name is malformed, or nothing has it.</exception>
    public async Task<EntityVocabulary> GetAsync(string tenant, string name, string field, CancellationToken cancellation)
    {
        var id = IdOf(name, field);
        if (id == EntityVocabulary.Shipped.Name)
            return EntityVocabulary.Shipped;
        if (_loaded.TryGetValue((tenant, id), out var loaded))
            return loaded;
        await using var db = rows.CreateContext();
        var lines = await db.VocabularyEntities.Where(e => e.Tenant == tenant && e.Vocabulary == id)
            .OrderBy(e => e.Position).Select(e => e.Line).ToListAsync(cancellation);
        if (lines.Count == 0)
            throw MeshException.NotFound(name, field);
        var header = EntityVocabulary.Shipped.ToTsv().Split('\n', 2)[0];
        var vocabulary = EntityVocabulary.Parse(id, new StringReader(header + "\n" + string.Join('\n', lines) + "\n"));
        return _loaded.GetOrAdd((tenant, id), vocabulary);
    }

    /// <summary>Adds a vocabulary. The same entities under the same name again change nothing.</summary>
    public async Task<VocabularyRow> CreateAsync(string tenant, EntityVocabulary vocabulary, string requestId, string bodyDigest,
        CancellationToken cancellation)
    {
        if (vocabulary.Name == EntityVocabulary.Shipped.Name)
            throw MeshException.Invalid("vocabulary_id", $"'{vocabulary.Name}' is the shipped one");
        var row = new VocabularyRow
        {
            Tenant = tenant,
            Name = vocabulary.Name,
            Digest = vocabulary.Digest,
            CountsJson = JsonSerializer.Serialize(CountByType(vocabulary)),
            CreatedMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var lines = vocabulary.ToTsv().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return await rows.TransactAsync(
            async db =>
            {
                await RequestIdempotency.CheckAsync(db, tenant, requestId, bodyDigest, cancellation);
                if (await db.Vocabularies.FirstOrDefaultAsync(v => v.Tenant == tenant && v.Name == row.Name, cancellation) is { } known)
                {
                    return known.Digest == row.Digest
                        ? known
                        : throw MeshException.Invalid("vocabulary_id", $"'{row.Name}' exists with other entities");
                }

                db.Add(row);
                RequestIdempotency.Remember(db, tenant, requestId, bodyDigest, Prefix + row.Name, row.CreatedMs);
                db.AddRange(vocabulary.Entities.Select((e, i) => new VocabularyEntityRow
                {
                    Tenant = tenant,
                    Vocabulary = row.Name,
                    Position = i,
                    Id = e.Id,
                    Type = (int)e.Type,
                    Line = lines[i + 1],
                }));
                await db.SaveChangesAsync(cancellation);
                return row;
            },
            cancellation);
    }

    /// <summary>A page by name; the shipped vocabulary is no row and stands before the first page.</summary>
    public async Task<IReadOnlyList<VocabularyRow>> ListAsync(string tenant, string after, int count, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await db.Vocabularies.Where(v => v.Tenant == tenant && v.Name.CompareTo(after) > 0)
            .OrderBy(v => v.Name).Take(count).ToListAsync(cancellation);
    }

    public static SortedDictionary<string, long> CountByType(EntityVocabulary vocabulary)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var type in Enum.GetValues<EntityType>())
            counts[EntityVocabulary.TypeName(type)] = vocabulary.Entities.LongCount(e => e.Type == type);
        return counts;
    }

    /// <summary>The last part of a name.</summary>
    public static string IdOf(string name, string field) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && IsId(name[Prefix.Length..])
            ? name[Prefix.Length..]
            : throw MeshException.Invalid(field, $"'{EchoedText.Shorten(name)}' is not of the form vocabularies/{{id}}");

    public static bool IsId(string id) => EntityVocabulary.IsName(id);
}
