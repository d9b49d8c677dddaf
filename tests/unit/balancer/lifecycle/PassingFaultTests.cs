using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

/// <summary>Faults that pass by themselves cost a data set time, and nothing else.</summary>
public sealed class PassingFaultTests
{
    private static readonly MeshException _unknownCaller = new(ErrorReasons.Unauthenticated, "the token is not known");

    /// <summary>While certificates are replaced a service may not know the balancer: that costs no attempt and no person.</summary>
    [Fact]
    public async Task Create_UnauthenticatedForAWhile_WaitsVisiblyAndSealsTheRootOfAnUndisturbedSet()
    {
        var undisturbed = await SealAsync(new PeerOptions());
        var (settings, verdicts) = (new PeerOptions(), 0);
        settings.BeforeVerdict = _ =>
        {
            if (Interlocked.Increment(ref verdicts) == 10)
                settings.ImageFailure = _unknownCaller;
        };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;

        var waiting = await mesh.WatchAsync(name, d => d.Waiting?.Tries > 10);

        Assert.Equal((DatasetState.Assembling, "diffusion", "UNAUTHENTICATED"),
            (waiting.State, waiting.Waiting?.WaitsFor, waiting.Waiting?.Reason));
        settings.ImageFailure = null;
        var done = await mesh.WatchAsync(name);
        Assert.Equal((DatasetState.Sealed, undisturbed.Root), (done.State, done.Root));
        Assert.Equal((undisturbed.Counts.Attempts, undisturbed.Counts.Rejected), (done.Counts.Attempts, done.Counts.Rejected));
    }

    /// <summary>Each try of the report service works, so that the pause comes from the service that never does.</summary>
    [Fact]
    public async Task Create_UnauthenticatedForLongerThanTheLimit_PausesAndPausesAgainAfterAsLong()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { ImageFailure = _unknownCaller }, null, "--Balancer:UnauthenticatedLimit=00:00:01");
        var clock = Stopwatch.StartNew();
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;

        var paused = await mesh.WatchAsync(name);

        Assert.Equal((DatasetState.Paused, "UNAUTHENTICATED"), StateOf(paused));
        Assert.Contains("the token is not known", paused.Failure.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        clock.Restart();
        await mesh.ResumeAsync(name);
        Assert.Equal((DatasetState.Paused, "UNAUTHENTICATED"), StateOf(await mesh.WatchAsync(name)));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    /// <summary>
    /// Where a disk is so full that no row takes anything, nothing can be paused or given back: the work goes on by itself as soon as there
    /// is room, and not when its claims are overdue.
    /// </summary>
    [Fact]
    public async Task Create_RowsTakeNothingForAWhile_GoesOnAsSoonAsTheyDo()
    {
        var undisturbed = await SealAsync(new PeerOptions());
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, null,
            "--Balancer:OverdueAfter=01:00:00");
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
        string[] tables = ["pairs", "shards", "datasets"];
        await using var rows = mesh.OpenRows();
#pragma warning disable EF1002, EF1003 // the names are the test's own
        foreach (var table in tables)
            await rows.Database.ExecuteSqlRawAsync(
                $"CREATE TRIGGER full_{table} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(FAIL, 'no room'); END");
        settings.Gate.SetResult();
        Assert.True(SpinWait.SpinUntil(() => settings.Calls >= 12 && settings.Waiting == 0, TimeSpan.FromSeconds(30)));
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken); // its faults fail to be written
        foreach (var table in tables)
            await rows.Database.ExecuteSqlRawAsync($"DROP TRIGGER full_{table}");
#pragma warning restore EF1002, EF1003

        var done = await mesh.WatchAsync(name);

        Assert.Equal((DatasetState.Sealed, undisturbed.Root), (done.State, done.Root));
        Assert.Equal(undisturbed.Counts.Attempts, done.Counts.Attempts);
    }

    private static (DatasetState, string) StateOf(ImageReportDataset dataset) => (dataset.State, dataset.Failure?.Reason ?? "");

    private static async Task<ImageReportDataset> SealAsync(PeerOptions settings)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure}");
        return done;
    }
}
