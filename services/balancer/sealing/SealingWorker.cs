using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Seals one data set after the other under a lease that it renews; when it dies, another takes over.</summary>
internal sealed class SealingWorker(
    RowStore rows, SealingQueue queue, Sealer sealer, DatasetContexts contexts, DatasetEnd end, RunningWork running, IBus bus,
    IOptions<BalancerOptions> options, TimeProvider clock, ILogger<SealingWorker> logger) : BackgroundService
{
    private readonly string _owner = $"{Environment.MachineName}/{Guid.NewGuid():N}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var id in queue.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SealAsync(id, stoppingToken);
            }
            catch (OperationCanceledException) when (running.Of(id).IsCancellationRequested)
            {
                Log.DatasetCancelled(logger, id);
            }
            catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                Log.SealingFailed(logger, error, id);
                if (error is InvalidDataException or Errors.MeshException)
                    await FailAsync(id, error.Message);
            }
        }
    }

    private async Task SealAsync(string id, CancellationToken stopping)
    {
        if (!await LeaseAsync(id, stopping))
            return;
        DatasetRow row;
        await using (var db = rows.Read())
            row = await db.Datasets.FirstAsync(d => d.Id == id, stopping);
        using var caller = Caller.Enter(row.Tenant, $"seal-{id}");
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stopping, running.Of(id));
        var start = clock.GetTimestamp();
        var renewed = start;
        async Task Alive()
        {
            work.Token.ThrowIfCancellationRequested();
            if (clock.GetElapsedTime(renewed) < options.Value.SealingLease / 4)
                return;
            renewed = clock.GetTimestamp();
            if (!await LeaseAsync(id, work.Token))
                throw new OperationCanceledException($"datasets/{id} is sealed by somebody else, or has ended");
        }

        var dataset = await contexts.GetAsync(row.Tenant, id, work.Token);
        var sealedAt = clock.GetUtcNow();
        var root = await sealer.SealAsync(dataset, row, Alive, sealedAt, work.Token);
        var elapsed = clock.GetElapsedTime(start);
        var done = await rows.WriteAsync(
            db => db.Datasets.Where(d => d.Id == id && d.Stage == DatasetStage.Sealing && d.LeaseOwner == _owner)
                .ExecuteUpdateAsync(s => s
                    .SetProperty(d => d.Stage, DatasetStage.Sealed)
                    .SetProperty(d => d.Root, root)
                    .SetProperty(d => d.SealedMs, clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .SetProperty(d => d.SealingMs, (long)elapsed.TotalMilliseconds)
                    .SetProperty(d => d.Version, d => d.Version + 1)),
            CancellationToken.None);
        if (done == 0)
            return;
        Telemetry.SealSeconds.Record(elapsed.TotalSeconds);
        Log.DatasetSealed(logger, id, root, elapsed.TotalSeconds);
        await bus.Publish(new DatasetSealed(Feeder.IdOf(id, 0), row.Tenant, id, root), stopping);
    }

    private async Task<bool> LeaseAsync(string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var until = now + (long)options.Value.SealingLease.TotalMilliseconds;
        return await rows.WriteAsync(
            db => db.Datasets.Where(d => d.Id == id && d.Stage == DatasetStage.Sealing && (d.LeaseOwner == _owner || d.LeaseUntilMs < now))
                .ExecuteUpdateAsync(s => s.SetProperty(d => d.LeaseOwner, _owner).SetProperty(d => d.LeaseUntilMs, until), cancellation),
            cancellation) > 0;
    }

    private async Task FailAsync(string id, string error)
    {
        await using var db = rows.Read();
        var tenant = await db.Datasets.Where(d => d.Id == id).Select(d => d.Tenant).FirstAsync();
        await end.FailAsync(tenant, id, $"sealing: {error}");
    }
}
