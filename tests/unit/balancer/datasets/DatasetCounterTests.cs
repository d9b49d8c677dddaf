using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Datasets;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>Counting shard by shard gives what counting all rows gives, and those who watch share it.</summary>
public sealed class DatasetCounterTests
{
    private const int Shards = 4;
    private const int ShardSize = 5;
    private static readonly ListUseStatistics _noUse = new(0, 0, 0, 0, 0);
    private static readonly string[][] _reasons = [["entity_check"], ["near_duplicate"], ["entity_check", "not_finite"]];

    [Fact]
    public async Task CountAsync_WhilePairsGoOn_EqualsACountOfAllRows()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var rows = mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>();
        var counter = new DatasetCounter(rows, TimeProvider.System);
        var dataset = CreateDataset();
        var pairs = Enumerable.Range(0, Shards * ShardSize).Select(CreatePair).ToList();
        var rejects = new List<RejectRow>();
        await using var db = rows.CreateContext();
        db.Add(dataset);
        db.AddRange(pairs);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        var random = new Random(3);

        while (dataset.ShardsDone < Shards)
        {
            await AdvanceAsync(db, dataset, pairs, rejects, random);
            var counts = await counter.CountAsync(dataset, TestContext.Current.CancellationToken);

            var passed = pairs.Count(p => p.Stage is PairStage.Judged or PairStage.Accepted);
            Assert.Equal((passed, passed + rejects.Count), (counts.Accepted, counts.Attempts));
            Assert.Equal(pairs.Sum(p => p.ReportMs), (long)counts.Times.First(t => t.Stage == WorkStage.Report).Duration.ToTimeSpan()
                .TotalMilliseconds);
            var reasons = rejects.SelectMany(r => TextListColumn.Parse(r.ReasonsJson)).GroupBy(r => r)
                .ToDictionary(g => g.Key, g => g.LongCount());
            Assert.Equal(reasons.OrderBy(r => r.Key), counts.Rejected.OrderBy(r => r.Key));
        }

        Assert.NotEmpty(rejects);
    }

    [Fact]
    public async Task WatchAsync_TwoWatchersOfADataset_ShareOneReading()
    {
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var id = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(4))).Name["datasets/".Length..];
        var hub = mesh.Services.GetRequiredService<DatasetWatchHub>();
        await using var first = hub.WatchAsync("local", id, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await using var second = hub.WatchAsync("local", id, TestContext.Current.CancellationToken).GetAsyncEnumerator();

        Assert.True(await first.MoveNextAsync() && await second.MoveNextAsync());
        Assert.Same(first.Current, second.Current);

        settings.Gate.SetResult();
        settings.Gate = null;
        var ends = await Task.WhenAll(ReadToEndAsync(first), ReadToEndAsync(second));
        Assert.Equal(DatasetState.Sealed, ends[0].State);
        Assert.Same(ends[0], ends[1]);
    }

    private static async Task<ImageReportDataset> ReadToEndAsync(IAsyncEnumerator<ImageReportDataset> watcher)
    {
        var last = watcher.Current;
        while (await watcher.MoveNextAsync())
            last = watcher.Current;
        return last;
    }

    /// <summary>Moves a few pairs of the first shards that are open, as the balancer does: by index, some ahead of their shard.</summary>
    private static async Task AdvanceAsync(BalancerDb db, DatasetRow dataset, List<PairRow> pairs, List<RejectRow> rejects, Random random)
    {
        var open = pairs.Where(p => p.Stage < PairStage.Judged).Take(ShardSize + 2).ToList();
        foreach (var pair in open.Where(_ => random.Next(2) == 0))
        {
            pair.ReportMs += random.Next(1, 9);
            if (random.Next(5) == 0)
            {
                var reject = new RejectRow
                {
                    Dataset = dataset.Id,
                    Index = pair.Index,
                    Attempt = pair.Attempt++,
                    Tenant = "local",
                    Step = "report",
                    ReasonsJson = TextListColumn.Write(_reasons[random.Next(_reasons.Length)]),
                    EntitiesJson = "[]",
                    AtMs = 1,
                };
                rejects.Add(reject);
                db.Add(reject);
                continue;
            }

            pair.Stage++;
        }

        while (dataset.ShardsDone < Shards && pairs.Where(p => p.Shard == dataset.ShardsDone).All(p => p.Stage == PairStage.Judged))
        {
            foreach (var pair in pairs.Where(p => p.Shard == dataset.ShardsDone))
                pair.Stage = PairStage.Accepted;
            dataset.ShardsDone++;
        }

        await db.SaveChangesAsync();
    }

    /// <summary>Cancelled, so that the balancer leaves its rows alone.</summary>
    private static DatasetRow CreateDataset() => new()
    {
        Id = "counted",
        Tenant = "local",
        Stage = DatasetStage.Cancelled,
        SpecJson = "{}",
        ResolvedJson = "{}",
        SpecDigest = "",
        DepictedJson = "[]",
        EnginesJson = "{}",
        Pairs = Shards * ShardSize,
        ShardSize = ShardSize,
        Shards = Shards,
        CreatedMs = 1,
        UseJson = new EntityUseStatistics(_noUse, _noUse, _noUse).ToJson(),
    };

    private static PairRow CreatePair(int index) =>
        new() { Dataset = "counted", Index = index, Tenant = "local", Shard = index / ShardSize, EntitiesJson = "[]" };
}
