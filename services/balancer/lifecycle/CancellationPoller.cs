using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Stops work for data sets that another replica has cancelled, paused or given up. It reads rows, not events: an event may be lost,
/// and one query by key in half a second is cheap.
/// </summary>
internal sealed class CancellationPoller(MeshDatabase<BalancerDb> rows, RunningWorkRegistry running, DatasetTerminator terminator,
    TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<CancellationPoller> logger) : BackgroundService
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WaitForStartAsync(stoppingToken);
        using var timer = new PeriodicTimer(_look, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await PollAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Log.CancellationPollFailed(logger, error);
            }
        }
    }

    private async Task PollAsync(CancellationToken cancellation)
    {
        var datasets = running.Datasets;
        if (!rows.IsShared || datasets.Count == 0)
            return;
        await using var db = rows.CreateContext();
        var ended = await db.Datasets.Where(
            d => datasets.Contains(d.Id) && d.Stage != DatasetStage.Assembling && d.Stage != DatasetStage.Sealing)
            .Select(d => d.Id).ToListAsync(cancellation);
        foreach (var dataset in ended)
            terminator.StopWork(dataset);
    }
}
