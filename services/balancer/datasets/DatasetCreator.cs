using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Draws;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Storage.Json;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Resolves a spec, plans its pairs, stores them and starts the work.</summary>
internal sealed class DatasetCreator(RowStore rows, SpecResolver resolver, Feeder feeder, TimeProvider clock, ILogger<DatasetCreator> logger)
{
    /// <returns>The id of the data set; null when the spec was only checked.</returns>
    public async Task<(string? Id, Resolution? Resolved)> CreateAsync(string tenant, CreateDatasetRequest request, CancellationToken cancellation)
    {
        var body = BodyDigest(request);
        await using (var db = rows.Read())
        {
            if (await Requests.CheckAsync(db, tenant, request.RequestId, body, cancellation) is { } known)
                return (known, null);
        }

        var resolved = await resolver.ResolveAsync(request.Spec, tenant, cancellation);
        if (request.ValidateOnly)
            return (null, resolved);
        var row = RowOf(tenant, resolved);
        var id = await rows.WriteAsync(
            async db =>
            {
                if (await Requests.CheckAsync(db, tenant, request.RequestId, body, cancellation) is { } raced)
                    return raced;
                db.Add(row);
                db.AddRange(Enumerable.Range(0, row.Shards).Select(s => new ShardRow { Dataset = row.Id, Shard = s, Tenant = tenant }));
                Requests.Remember(db, tenant, request.RequestId, body, row.Id, row.CreatedMs);
                await db.SaveChangesAsync(cancellation);
                await AddPairsAsync(db, row, resolved.Plan, cancellation);
                return row.Id;
            },
            cancellation);
        if (id == row.Id)
            Log.DatasetCreated(logger, id, row.Pairs, row.SpecDigest);
        await feeder.FeedAsync(cancellation);
        return (id, resolved);
    }

    public static string BodyDigest(CreateDatasetRequest request)
    {
        var body = request.Clone();
        body.RequestId = "";
        return Digests.Sha256Hex(body.ToByteArray());
    }

    private DatasetRow RowOf(string tenant, Resolution resolved)
    {
        var now = clock.GetUtcNow();
        return new DatasetRow
        {
            Id = $"{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{Guid.NewGuid().ToString("N")[..8]}",
            Tenant = tenant,
            SpecJson = JsonFormatter.Default.Format(resolved.Filled),
            ResolvedJson = resolved.Spec.ToCanonicalJson(),
            SpecDigest = resolved.Digest,
            DepictedJson = JsonSerializer.Serialize(resolved.Depicts),
            EnginesJson = resolved.EnginesJson,
            Pairs = resolved.Spec.Pairs,
            ShardSize = resolved.Spec.ShardSize,
            Shards = (int)((resolved.Spec.Pairs + resolved.Spec.ShardSize - 1) / resolved.Spec.ShardSize),
            UseJson = UseFigures.Of(resolved.Draw.Request, resolved.Plan.Counts()).ToJson(),
            IncompatibleDraws = resolved.Plan.IncompatibleDraws,
            CreatedMs = now.ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>One prepared statement for all rows: a plan of 200,000 pairs is stored in seconds.</summary>
    private static async Task AddPairsAsync(BalancerDb db, DatasetRow dataset, DrawPlan plan, CancellationToken cancellation)
    {
        var connection = (SqliteConnection)db.Database.GetDbConnection();
        await using var insert = connection.CreateCommand();
        insert.Transaction = (SqliteTransaction?)db.Database.CurrentTransaction?.GetDbTransaction();
        insert.CommandText = """
            INSERT INTO pairs ("Dataset", "Index", "Tenant", "Shard", "EntitiesJson", "Stage", "Version", "Attempt", "SetNumber", "ReportAttempt",
              "ReportJson", "Findings", "Impression", "ImageSha256", "ImageSize", "ImageJson", "PromptTruncated", "VerdictJson", "Embedding",
              "DueMs", "Tries", "TriesInAll", "ReportMs", "ImageMs", "CurationMs", "DoneMs", "Host")
            VALUES ($dataset, $index, $tenant, $shard, $entities, 1, 0, 0, 0, 0, '', '', '', '', 0, '', 0, '', x'', 0, 0, 0, 0, 0, 0, 0, '')
            """;
        insert.Parameters.AddWithValue("$dataset", dataset.Id);
        insert.Parameters.AddWithValue("$tenant", dataset.Tenant);
        var index = insert.Parameters.Add("$index", SqliteType.Integer);
        var shard = insert.Parameters.Add("$shard", SqliteType.Integer);
        var entities = insert.Parameters.Add("$entities", SqliteType.Text);
        await insert.PrepareAsync(cancellation);
        for (var i = 0; i < plan.Count; i++)
        {
            (index.Value, shard.Value) = (i, i / dataset.ShardSize);
            entities.Value = JsonSerializer.Serialize(plan[i].Select(e => e.Id));
            await insert.ExecuteNonQueryAsync(cancellation);
        }
    }
}
