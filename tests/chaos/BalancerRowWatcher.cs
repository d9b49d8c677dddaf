using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>Reads the balancer's rows directly, without the processes under test.</summary>
internal sealed class BalancerRowWatcher
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);
    private readonly MeshDatabase<BalancerDb> _rows;

    /// <param name="servers">Settings as <see cref="Servers"/> gives them.</param>
    public BalancerRowWatcher(string[] servers)
    {
        const string setting = "--Balancer:ConnectionString=";
        var connection = servers.Single(s => s.StartsWith(setting, StringComparison.Ordinal))[setting.Length..];
        _rows = BalancerDb.Open(new BalancerOptions { Database = DatabaseNames.Postgres, ConnectionString = connection },
            TimeProvider.System);
    }

    /// <summary>The pairs of a data set that is being assembled, as soon as they are so; fails when it ends before.</summary>
    public Task<IReadOnlyList<PairRow>> WaitWhileAssemblingAsync(string name, Func<IReadOnlyList<PairRow>, bool> holds) =>
        PollUntilAsync(name, (dataset, pairs) =>
    {
        Assert.True(dataset.Stage == DatasetStage.Assembling, $"the fault comes too late: {name} is {dataset.Stage} {dataset.Error}");
        return holds(pairs);
    });

    public Task<IReadOnlyList<PairRow>> WaitUntilSealedAsync(string name) => PollUntilAsync(name, (dataset, _) =>
    {
        Assert.True(dataset.Stage is DatasetStage.Assembling or DatasetStage.Sealing or DatasetStage.Sealed,
            $"{dataset.Stage} {dataset.Error}");
        return dataset.Stage == DatasetStage.Sealed;
    });

    public async Task<DatasetRow?> FindAsync(string name)
    {
        await using var db = _rows.CreateContext();
        return await db.Datasets.FirstOrDefaultAsync(d => "datasets/" + d.Id == name);
    }

    public async Task<string[]> ReadLedgerAsync(string name)
    {
        await using var db = _rows.CreateContext();
        return await DatasetLedger.ReadAsync(db, name);
    }

    private async Task<IReadOnlyList<PairRow>> PollUntilAsync(string name, Func<DatasetRow, IReadOnlyList<PairRow>, bool> holds)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using (var db = _rows.CreateContext())
            {
                var dataset = await db.Datasets.SingleAsync(d => "datasets/" + d.Id == name);
                var pairs = await db.Pairs.Where(p => p.Dataset == dataset.Id).OrderBy(p => p.Index).ToListAsync();
                if (holds(dataset, pairs))
                    return pairs;
                Assert.True(TimeProvider.System.GetElapsedTime(start) < _limit,
                    $"{name} is {dataset.Stage} after {_limit}: {string.Join(", ", pairs.CountBy(p => p.Stage))}");
            }

            await Task.Delay(50);
        }
    }
}
