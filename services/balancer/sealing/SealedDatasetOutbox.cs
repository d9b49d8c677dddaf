using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Tells of data sets that are sealed. Where the spec asks for a training, it is told again whenever it is overdue, until the trainer says
/// that the run is queued: the message may be lost, the row says so.
/// </summary>
internal sealed class SealedDatasetOutbox(MeshDatabase<BalancerDb> rows, MeshPublisher bus, IOptions<BalancerOptions> options,
    TimeProvider clock)
{
    /// <summary>When a data set that is sealed now is told of again; null when nothing has to come of it.</summary>
    public long? FirstPublishDueMs(DatasetRow dataset) =>
        DatasetSpec.Parser.ParseJson(dataset.SpecJson).Train is null ? null : NextPublishDueMs();

    public Task PublishAsync(string tenant, string dataset, string root, CancellationToken cancellation) =>
        bus.PublishAsync([new DatasetSealed(DatasetCorrelationId.Derive(dataset, 0), tenant, dataset, root)], cancellation);

    /// <summary>Publishes every data set that is overdue; each is claimed, so that one replica does.</summary>
    public async Task PublishOverdueAsync(CancellationToken cancellation)
    {
        var now = Now();
        List<DatasetRow> due;
        await using (var db = rows.CreateContext())
            due = await db.Datasets.Where(d => d.PublishDueMs <= now).OrderBy(d => d.PublishDueMs).Take(100).ToListAsync(cancellation);
        foreach (var dataset in due)
        {
            var nextDueMs = NextPublishDueMs();
            var claimed = await rows.TransactAsync(
                db => db.Datasets.Where(d => d.Id == dataset.Id && d.PublishDueMs == dataset.PublishDueMs)
                    .ExecuteUpdateAsync(s => s.SetProperty(d => d.PublishDueMs, nextDueMs), cancellation), cancellation);
            if (claimed > 0)
                await PublishAsync(dataset.Tenant, dataset.Id, dataset.Root, cancellation);
        }
    }

    /// <summary>The run is queued: it is published no more.</summary>
    public Task ConfirmAsync(string tenant, string dataset, string training, CancellationToken cancellation) => rows.TransactAsync(
        db => db.Datasets.Where(d => d.Id == dataset && d.Tenant == tenant && d.PublishDueMs != null)
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.PublishDueMs, (long?)null).SetProperty(d => d.Training, training), cancellation),
        cancellation);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private long NextPublishDueMs() => Now() + (long)options.Value.OverdueAfter.TotalMilliseconds;
}
