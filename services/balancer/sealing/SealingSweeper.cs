using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Deletes what the seals of ended data sets have left: files in the store, which the row knows of, and folders on this machine. Beside the
/// reconciler, since a store that is away must not hold up its passes.
/// </summary>
internal sealed class SealingSweeper(MeshDatabase<BalancerDb> rows, ISealedDatasetStore store, SealingWorkspace workspace,
    IOptions<BalancerOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<SealingSweeper> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WaitForStartAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.ReconcileEvery, clock);
        do
        {
            try
            {
                await SweepStoreAsync(stoppingToken);
                await SweepWorkspaceAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Log.SealingSweepFailed(logger, error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SweepStoreAsync(CancellationToken cancellation)
    {
        List<DatasetRow> ended;
        await using (var db = rows.CreateContext())
            ended = await Ended(db).Where(d => d.HasSealingFiles && d.Stage != DatasetStage.Sealed).ToListAsync(cancellation);
        foreach (var dataset in ended)
        {
            await store.DeleteAsync(SealedFolderNaming.FolderOf(dataset), cancellation);
            workspace.Delete(dataset.Id);
            await rows.TransactAsync(
                db => db.Datasets.Where(d => d.Id == dataset.Id)
                    .ExecuteUpdateAsync(s => s.SetProperty(d => d.HasSealingFiles, false), cancellation), cancellation);
            Log.SealingSwept(logger, dataset.Id);
        }
    }

    /// <summary>Folders of data sets that were sealed or swept elsewhere.</summary>
    private async Task SweepWorkspaceAsync(CancellationToken cancellation)
    {
        var here = workspace.ListDatasets();
        if (here.Count == 0)
            return;
        await using var db = rows.CreateContext();
        foreach (var id in await Ended(db).Where(d => here.Contains(d.Id)).Select(d => d.Id).ToListAsync(cancellation))
            workspace.Delete(id);
    }

    /// <summary>Those that nobody can be sealing any more: whoever held the lease has stopped by now.</summary>
    private IQueryable<DatasetRow> Ended(BalancerDb db)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return db.Datasets.Where(d => d.LeaseUntilMs < now
            && (d.Stage == DatasetStage.Sealed || d.Stage == DatasetStage.Cancelled || d.Stage == DatasetStage.Failed));
    }
}
