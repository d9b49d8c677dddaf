using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>A lease lasts as long as the work under it, and no longer than its data set wants it.</summary>
public sealed class SealingLeaseTests : IAsyncLifetime
{
    private readonly Balancer.BalancerOptions _options = new()
    {
        StateFolder = BalancerTestMesh.CreateStateFolder(),
        SealingLease = TimeSpan.FromMilliseconds(400),
    };

    private MeshDatabase<BalancerDb> _rows = null!;
    private DatasetRow _row = null!;

    public async ValueTask InitializeAsync()
    {
        _rows = BalancerDb.Open(_options, TimeProvider.System);
        await _rows.MigrateAsync(CancellationToken.None);
        _row = new DatasetRow
        {
            Id = "one",
            Tenant = "local",
            Stage = DatasetStage.Sealing,
            SpecJson = "{}",
            ResolvedJson = "{}",
            SpecDigest = "",
            DepictedJson = "[]",
            EnginesJson = "[]",
            UseJson = "{}",
            Pairs = 1,
            ShardSize = 1,
            Shards = 1,
            CreatedMs = 1,
        };
        await _rows.TransactAsync(async db => db.Add(_row) is not null && await db.SaveChangesAsync() > 0, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Hold_OneStepLongerThanTheLease_NobodyElseTakesIt()
    {
        var (mine, others) = (CreateLease(), CreateLease());
        Assert.NotNull(await mine.AcquireAsync(_row, CancellationToken.None));

        var taken = await mine.HoldAsync("one", async held =>
        {
            var attempts = new List<DatasetRow?>();
            for (var i = 0; i < 6; i++)
            {
                await Task.Delay(200, held);
                attempts.Add(await others.AcquireAsync(_row, held));
            }

            return attempts;
        }, CancellationToken.None);

        Assert.All(taken, Assert.Null);
        await mine.ReleaseAsync("one", TimeSpan.Zero, 0);
        Assert.NotNull(await others.AcquireAsync(_row, CancellationToken.None));
    }

    [Fact]
    public async Task Hold_DatasetCancelled_StopsTheWork()
    {
        var lease = CreateLease();
        await lease.AcquireAsync(_row, CancellationToken.None);
        var work = lease.HoldAsync("one", async held =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), held);
            return true;
        }, CancellationToken.None);

        await _rows.TransactAsync(
            db => db.Datasets.ExecuteUpdateAsync(s => s.SetProperty(d => d.Stage, DatasetStage.Cancelled)), CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => work.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Release_WithAPause_NobodyTakesItBefore()
    {
        var (mine, others) = (CreateLease(), CreateLease());
        await mine.AcquireAsync(_row, CancellationToken.None);

        await mine.ReleaseAsync("one", TimeSpan.FromMinutes(1), 1);

        Assert.Null(await others.AcquireAsync(_row, CancellationToken.None));
        await using var db = _rows.CreateContext();
        Assert.Equal(1, (await db.Datasets.SingleAsync(TestContext.Current.CancellationToken)).SealingTries);
    }

    private SealingLease CreateLease() => new(_rows, new ReplicaIdentity(), Options.Create(_options), TimeProvider.System,
        NullLogger<SealingLease>.Instance);
}
