using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Canaries;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Canaries;

/// <summary>Canaries beside the pairs of a data set: they pause it where the judge lies, and change nothing in it.</summary>
public sealed class CanaryRunnerTests
{
    private const int Pairs = 200;

    [Fact]
    public async Task Create_JudgeThatLiesInOneOfTen_PausesWithTheNumbersAndGoesOnToTheSameRoot()
    {
        var state = BalancerTestMesh.CreateStateFolder();
        var settings = CreatePeers(number => number / 2 % 10 == 0);
        string name, message;
        await using (var mesh = await BalancerTestMesh.StartAsync(state, settings))
        {
            name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(Pairs))).Name;
            var paused = await mesh.WatchAsync(name);

            Assert.Equal((DatasetState.Paused, "JUDGE_DRIFTED"), (paused.State, paused.Failure?.Reason));
            var canaries = paused.Canaries;
            message = paused.Failure!.Message;
            Assert.Contains("resume the data set", message, StringComparison.Ordinal);
            Assert.Matches(@"of \d+ bad ones it accepted \d+ \(\d+\.\d to \d+\.\d %\), of \d+ good ones it rejected \d+ ", message);
            Assert.InRange(canaries.GoodRejected + canaries.BadAccepted, 2, 10);
            Assert.InRange(paused.Counts.Attempts + canaries.Good + canaries.Bad, 1, 200);
            Assert.True(canaries.FalseAccept.Low <= canaries.FalseAccept.Value && canaries.FalseAccept.Value <= canaries.FalseAccept.High);
        }

        // Another process finds all of it in the rows.
        settings.IsWrongAbout = _ => false;
        await using var later = await BalancerTestMesh.StartAsync(state, settings);
        var found = await later.GetAsync(name);
        Assert.Equal((DatasetState.Paused, message), (found.State, found.Failure.Message));
        Assert.True(found.Canaries.Good + found.Canaries.Bad > 0);
        await later.ResumeAsync(name);
        var done = await later.WatchAsync(name);
        Assert.Equal((DatasetState.Sealed, (await SealAsync(CreatePeers(null))).Root), (done.State, done.Root));
        Assert.Equal((0, 0), (done.Canaries.GoodRejected, done.Canaries.BadAccepted)); // of since it was resumed
    }

    [Fact]
    public async Task Create_WithAndWithoutCanaries_SealsTheSameBytes()
    {
        var without = await SealAsync(CreatePeers(_ => false), "--Balancer:Canaries:Share=0");
        var with = await SealAsync(CreatePeers(_ => false));

        Assert.Null(without.Canaries);
        var canaries = with.Canaries.Good + with.Canaries.Bad;
        Assert.InRange((double)canaries / (canaries + with.Counts.Attempts), 0.18, 0.32);
        Assert.Equal((without.Root, without.SpecDigest), (with.Root, with.SpecDigest));
        Assert.Equal(without.Counts.Rejected, with.Counts.Rejected);
        Assert.Equal(without.Counts.Attempts, with.Counts.Attempts);
    }

    [Fact]
    public async Task Create_JudgeThatIsWrongOnce_IsWatchedMoreClosely()
    {
        var wrong = 0;
        var settings = CreatePeers(_ => Interlocked.Increment(ref wrong) == 1);
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(Pairs))).Name;
        var done = await mesh.WatchAsync(name);

        Assert.Equal(DatasetState.Sealed, done.State);
        Assert.Equal(1, done.Canaries.GoodRejected + done.Canaries.BadAccepted);
        await using var db = mesh.OpenRows();
        var rows = await db.Canaries.OrderBy(c => c.AtMs).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(done.Canaries.Good + done.Canaries.Bad, rows.Count);
        Assert.Equal(rows.Count, rows.Select(r => (r.Index, r.Attempt)).Distinct().Count());
        var calm = (await SealAsync(CreatePeers(_ => false))).Canaries;
        Assert.True(rows.Count > calm.Good + calm.Bad + 10, $"{rows.Count} canaries, {calm.Good + calm.Bad} of a judge that was right");
    }

    [Fact]
    public async Task FindFaultAsync_OneAttemptTwiceAtOnce_CountsOnce()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), CreatePeers(_ => true), null,
            "--Balancer:Canaries:Share=0.5");
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(Pairs))).Name["datasets/".Length..];
        await mesh.WatchAsync($"datasets/{name}"); // paused: nothing else is at work
        using var caller = RequestContext.Enter(RequestContext.LocalTenant, "r");
        var dataset = await mesh.Services.GetRequiredService<ResolvedDatasetCache>().GetAsync(RequestContext.LocalTenant, name, default);
        await using var db = mesh.OpenRows();
        await db.Datasets.ExecuteUpdateAsync(s => s.SetProperty(d => d.CanarySum, 0));
        var pair = await db.Pairs.AsNoTracking().FirstAsync();
        pair.Attempt = 77;
        var runner = mesh.Services.GetRequiredService<CanaryRunner>();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => runner.FindFaultAsync(dataset, pair, default))));

        Assert.Equal(1, await db.Canaries.CountAsync(c => c.Attempt == 77));
        var sum = await db.Datasets.Select(d => d.CanarySum).SingleAsync();
        Assert.Equal(new CanaryDriftTest(new CanaryOptions()).WrongStep, sum, 9);
    }

    private static PeerOptions CreatePeers(Func<ulong, bool>? isWrong) => new() { IsWrongAbout = isWrong, MaxDelayMs = 1 };

    private static async Task<ImageReportDataset> SealAsync(PeerOptions settings, params string[] options)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, null, options);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(Pairs))).Name);
        Assert.Equal(DatasetState.Sealed, done.State);
        return done;
    }
}
