using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>
/// Callers of the diffusion service, each of which calls again as soon as it has its answer, through the client that the services use: it
/// balances the calls over the replicas.
/// </summary>
public sealed class ClosedLoopLoadGenerator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceProvider _services;
    private readonly Task[] _callers;
    private int _completedCalls;

    /// <param name="addresses">Addresses of replicas that run or may be started later.</param>
    public ClosedLoopLoadGenerator(IEnumerable<string> addresses, int callers)
    {
        var builder = MeshHost.CreateBuilder(["--Logging:LogLevel:Default=Warning", $"--Peers:diffusion={string.Join(',', addresses)}"],
            "gateway");
        builder.AddMeshClient<DiffusionService.DiffusionServiceClient>("diffusion");
        _services = builder.Services.BuildServiceProvider();
        var client = _services.GetRequiredService<DiffusionService.DiffusionServiceClient>();
        _callers = [.. Enumerable.Range(0, callers).Select(c => CallAsync(client, c))];
    }

    /// <summary>Calls that got their image.</summary>
    public int CompletedCalls => Volatile.Read(ref _completedCalls);

    public ConcurrentQueue<string> Failures { get; } = [];

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
        _stop.Dispose();
    }

    private async Task CallAsync(DiffusionService.DiffusionServiceClient client, int caller)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            try
            {
                await client.RenderImageAsync(
                    new RenderImageRequest { Spec = DiffusionReplicaProcess.CreateSpec((caller * 100_000L) + i) });
                Interlocked.Increment(ref _completedCalls);
            }
            catch (RpcException failure)
            {
                Failures.Enqueue(failure.Status.ToString());
            }
        }
    }
}
