using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>
/// The process dies by SIGKILL between any two steps of a pair's life, is started again, and the data set is what it would have been.
/// </summary>
public sealed class CrashPointTests(CrashPointTests.BalancerFixture fixture) : IClassFixture<CrashPointTests.BalancerFixture>
{
    private const int KilledExitCode = 128 + 9;

    public static TheoryData<string> CrashPoints => [.. Enum.GetNames<CrashPoint>()];

    [Theory]
    [MemberData(nameof(CrashPoints))]
    public async Task Crash_AtCrashPoint_ResumesToTheSameRoot(string boundary)
    {
        if (fixture.Process is not { } balancer)
            return;
        await fixture.StartAsync();
        var request = Guid.NewGuid().ToString();
        await File.WriteAllTextAsync(balancer.CrashPointFile + ".new", boundary, TestContext.Current.CancellationToken);
        File.Move(balancer.CrashPointFile + ".new", balancer.CrashPointFile);

        var name = await balancer.CreateAsync(request);
        // The last boundary lies behind the seal: a sealed data set may still have a death to come, for a few looks.
        for (var (looks, afterSeal) = (0, 0); !balancer.Process.HasExited; looks++)
        {
            afterSeal += name is null || await balancer.Rows.FindAsync(name) is { Root: "" } ? 0 : 1;
            Assert.True(afterSeal < 100 && looks < 2400, $"{name} is sealed, or two minutes are over: nothing passes {boundary}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(KilledExitCode, await balancer.Process.WaitForExitAsync());
        await fixture.StartAsync();
        name = await balancer.CreateAsync(request);
        Assert.NotNull(name);
        await balancer.Rows.WaitUntilSealedAsync(name);
        Assert.Equal(balancer.Undisturbed, await balancer.Rows.ReadLedgerAsync(name));
    }

    [Fact]
    public async Task Start_CrashInjectionInProduction_ExitsWithTwoAndNamesTheSetting()
    {
        await using var process = SyncxrProcess.StartService("Balancer", "--environment=Production",
            "--Balancer:CrashPointFile=/tmp/crash-point",
            "--Mesh:Port=0", "--Mesh:JsonPort=0");

        Assert.Equal(2, await process.WaitForExitAsync());
        Assert.Contains("Balancer:CrashPointFile", process.Error, StringComparison.Ordinal);
    }

    /// <summary>The balancer that all of these tests kill.</summary>
    public sealed class BalancerFixture(ServersFixture servers) : IAsyncLifetime
    {
        internal BalancerProcess? Process { get; private set; }

        public async ValueTask InitializeAsync() => Process = servers.AreAvailable()
            ? await BalancerProcess.CreateMeshAsync(await servers.CreateSettingsAsync()) : null;

        /// <summary>Starts it unless it runs.</summary>
        internal async Task StartAsync()
        {
            if (Process!.IsRunning)
                return;
            await Process.StartAsync(
                $"--Balancer:CrashPointFile={Process.CrashPointFile}", "--Balancer:ReconcileEvery=00:00:00.200",
                "--Balancer:OverdueAfter=00:00:03",
                "--Balancer:SealingLease=00:00:02",
                "--Balancer:RetryAfter=00:00:00.050");
        }

        public ValueTask DisposeAsync() => Process?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
