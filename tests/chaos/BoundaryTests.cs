using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>The process dies by SIGKILL between any two steps of a pair's life, is started again, and the data set is what it would have been.</summary>
public sealed class BoundaryTests(BoundaryTests.Balancer fixture) : IClassFixture<BoundaryTests.Balancer>
{
    private const int Killed = 128 + 9;

    public static TheoryData<string> Boundaries => [.. Enum.GetNames<Boundary>()];

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task Die_AtBoundary_ResumesToTheSameRoot(string boundary)
    {
        if (fixture.Lone is not { } balancer)
            return;
        await fixture.StartAsync();
        var request = Guid.NewGuid().ToString();
        await File.WriteAllTextAsync(balancer.DieAt + ".new", boundary, TestContext.Current.CancellationToken);
        File.Move(balancer.DieAt + ".new", balancer.DieAt);

        var name = await balancer.CreateAsync(request);
        // The last boundary lies behind the seal: a sealed data set may still have a death to come, for a few looks.
        for (var (looks, afterSeal) = (0, 0); !balancer.Process.HasExited; looks++)
        {
            afterSeal += name is null || await balancer.Rows.FindAsync(name) is { Root: "" } ? 0 : 1;
            Assert.True(afterSeal < 100 && looks < 2400, $"{name} is sealed, or two minutes are over: nothing passes {boundary}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(Killed, await balancer.Process.WaitAsync());
        await fixture.StartAsync();
        name = await balancer.CreateAsync(request);
        Assert.NotNull(name);
        await balancer.Rows.SealedAsync(name);
        Assert.Equal(balancer.Undisturbed, await balancer.Rows.LedgerAsync(name));
    }

    [Fact]
    public async Task Start_DieAtInProduction_IsTwoAndNamesTheSetting()
    {
        await using var process = SyncxrProcess.Service("Balancer", "--environment=Production", "--Balancer:DieAt=/tmp/die-at", "--Mesh:Port=0", "--Mesh:JsonPort=0");

        Assert.Equal(2, await process.WaitAsync());
        Assert.Contains("Balancer:DieAt", process.Error, StringComparison.Ordinal);
    }

    /// <summary>The balancer that all of these tests kill.</summary>
    public sealed class Balancer(Servers.Tests.Servers servers) : IAsyncLifetime
    {
        internal LoneBalancer? Lone { get; private set; }

        public async ValueTask InitializeAsync() => Lone = servers.AreThere() ? await LoneBalancer.OnAsync(await servers.FreshAsync()) : null;

        /// <summary>Starts it unless it runs.</summary>
        internal async Task StartAsync()
        {
            if (Lone!.IsRunning)
                return;
            await Lone.StartAsync(
                $"--Balancer:DieAt={Lone.DieAt}", "--Balancer:ReconcileEvery=00:00:00.200", "--Balancer:OverdueAfter=00:00:03", "--Balancer:SealingLease=00:00:02",
                "--Balancer:RetryAfter=00:00:00.050");
        }

        public ValueTask DisposeAsync() => Lone?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
