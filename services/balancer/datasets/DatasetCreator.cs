using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Resolves a spec, plans its pairs, stores them and starts the work.</summary>
internal sealed class DatasetCreator(MeshDatabase<BalancerDb> rows, SpecResolver resolver, DatasetQuota quota, PairDispatcher dispatcher,
    CrashInjector crashes, TimeProvider clock, ILogger<DatasetCreator> logger)
{
    /// <returns>The id of the data set; null when the spec was only checked.</returns>
    public async Task<(string? Id, PlannedDataset? Planned)> CreateAsync(string tenant, CreateDatasetRequest request,
        ServerCallContext call)
    {
        var cancellation = call.CancellationToken;
        var body = BodyDigest(request);
        await using (var db = rows.CreateContext())
        {
            if (await RequestIdempotency.CheckAsync(db, tenant, request.RequestId, body, cancellation) is { } known)
                return (known, null);
            await quota.ThrowIfExhaustedAsync(db, tenant, request.Spec?.Pairs ?? 0, cancellation);
        }

        var planned = await resolver.ResolveAsync(request.Spec, tenant, call);
        if (request.ValidateOnly)
            return (null, planned);
        var row = RowOf(planned);
        var id = await rows.TransactAsync(
            async db =>
            {
                if (await RequestIdempotency.CheckAsync(db, tenant, request.RequestId, body, cancellation) is { } raced)
                    return raced;
                if (await db.Datasets.AnyAsync(d => d.Id == row.Id, cancellation))
                    return row.Id; // committed before, only the answer was lost
                await quota.AdmitAsync(db, tenant, row.Pairs, cancellation);
                db.Add(row);
                db.AddRange(Enumerable.Range(0, row.Shards).Select(s => new ShardRow { Dataset = row.Id, Shard = s, Tenant = tenant }));
                RequestIdempotency.Remember(db, tenant, request.RequestId, body, row.Id, row.CreatedMs);
                await db.SaveChangesAsync(cancellation);
                await PairBulkInsert.AddAsync(db, row, planned.Plan, cancellation);
                return row.Id;
            },
            cancellation);
        using var activity = BalancerMetrics.StartSpan(id, "dataset.create");
        if (id == row.Id)
            Log.DatasetCreated(logger, id, row.Pairs, row.SpecDigest);
        crashes.CrashAt(CrashPoint.DatasetStored);
        await dispatcher.DispatchPairsAsync(cancellation);
        return (id, planned);
    }

    public static string BodyDigest(CreateDatasetRequest request)
    {
        var body = request.Clone();
        body.RequestId = "";
        return Sha256Digest.HexOf(body.ToByteArray());
    }

    private DatasetRow RowOf(PlannedDataset planned)
    {
        var dataset = planned.Dataset;
        var spec = dataset.Resolved;
        var now = clock.GetUtcNow();
        return new DatasetRow
        {
            Id = $"{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{Guid.NewGuid().ToString("N")[..8]}",
            Tenant = dataset.Tenant,
            SpecJson = JsonFormatter.Default.Format(dataset.Spec),
            ResolvedJson = spec.ToCanonicalJson(),
            SpecDigest = dataset.SpecDigest,
            DepictedJson = TextListColumn.Write(dataset.Vocabulary.Entities.Select(e => e.Id).Where(dataset.Depicts.Contains)),
            EnginesJson = dataset.EnginesJson,
            Pairs = spec.Pairs,
            ShardSize = spec.ShardSize,
            Shards = (int)((spec.Pairs + spec.ShardSize - 1) / spec.ShardSize),
            UseJson = EntityUseStatistics.FromCounts(dataset.Sampling, planned.Plan.CountUses()).ToJson(),
            IncompatibleDraws = planned.Plan.IncompatibleSamples,
            CreatedMs = now.ToUnixTimeMilliseconds(),
        };
    }
}
