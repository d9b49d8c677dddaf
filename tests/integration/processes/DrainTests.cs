using System.Collections.Concurrent;
using System.Diagnostics;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Load;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>SIGTERM to one of two replicas of a service fails no call of clients that never retry.</summary>
public sealed class DrainTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Report")]
    [InlineData("Diffusion")]
    [InlineData("Curation")]
    [InlineData("Balancer")]
    [InlineData("Trainer")]
    [InlineData("Evaluator")]
    public async Task Sigterm_OneOfTwoReplicasUnderLoad_FailsNoCallInsideOrOutside(string service)
    {
        using var scratch = new ScratchFolder();
        await using var mesh = await SeparateProcessMesh.StartTwoReplicasAsync(scratch.Path, service);
        var outside = ServiceCalls.ThroughGateway(mesh.Channel("Gateway"), service);
        var (inside, owner) = ServiceCalls.ThroughPeerClient(mesh.PeerSettings[0], service);
        await using var _ = owner;
        await using var load = new CallLoop([.. outside, .. inside, .. outside, .. inside]);
        await WaitUntilAsync(
            async () => await ReadServedCallsAsync(mesh, service) > 5 && await ReadServedCallsAsync(mesh, service + "/2") > 5
                && load.Calls > 10, "both replicas answer calls");
        Assert.True(load.Failures.IsEmpty, $"before anything is stopped: {load.Failures.FirstOrDefault()}");

        await mesh.DrainAsync(service);
        var calls = load.Calls;
        await WaitUntilAsync(() => Task.FromResult(load.Calls > calls + 10 || !load.Failures.IsEmpty), "the other replica goes on");

        await load.StopAsync();
        output.WriteLine($"{load.Calls} calls");
        Assert.True(load.Failures.IsEmpty,
            $"{load.Failures.Count} of {load.Calls + load.Failures.Count} calls failed: {load.Failures.FirstOrDefault()}");
    }

    /// <summary>Number of calls that a replica has answered, by its own metrics.</summary>
    private static async Task<double> ReadServedCallsAsync(SeparateProcessMesh mesh, string replica)
    {
        using var http = new HttpClient();
        return (await MetricsPage.ReadAsync(http, mesh.JsonAddress(replica))).Sum("http_server_request_duration_seconds_count",
            "http_route=\"/syncxr.");
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> holds, string what)
    {
        for (var clock = Stopwatch.StartNew(); !await holds(); await Task.Delay(50))
            Assert.True(clock.Elapsed < _waitLimit, $"did not come to hold: {what}");
    }

    /// <summary>Callers that each call again as soon as they have their answer.</summary>
    private sealed class CallLoop : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task[] _callers;
        private int _calls;

        public CallLoop(Func<Task>[] calls) => _callers = [.. calls.Select(c => Task.Run(() => RunAsync(c)))];

        public ConcurrentQueue<string> Failures { get; } = [];

        /// <summary>Calls that were answered.</summary>
        public int Calls => Volatile.Read(ref _calls);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_callers);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task RunAsync(Func<Task> call)
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await call();
                    Interlocked.Increment(ref _calls);
                }
                catch (Exception failure) // any exception that a client can get
                {
                    Failures.Enqueue(failure.Message);
                }

                await Task.Delay(50); // a steady load, which leaves the processor some time
            }
        }
    }
}
