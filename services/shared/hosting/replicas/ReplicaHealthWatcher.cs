using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>
/// Watches whether one replica is ready, by the standard health service, over a connection of its own. A replica that hangs doesn't answer
/// HTTP/2 pings and counts as lost after five seconds. A peer without a health service counts as ready while it can be reached.
/// </summary>
internal sealed class ReplicaHealthWatcher : IDisposable
{
    private static readonly TimeSpan _shortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _address;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Action _onChanged;

    /// <param name="changed">Called whenever <see cref="IsReady"/> changes.</param>
    public ReplicaHealthWatcher(Uri address, TimeProvider clock, ILogger logger, Action changed)
    {
        _address = address;
        _clock = clock;
        _logger = logger;
        _onChanged = changed;
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(), null); // without the async context of whoever calls first
    }

    /// <summary>Whether the replica is ready; null until it has answered or failed to.</summary>
    public bool? IsReady { get; private set; }

    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        var stop = _stop.Token;
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            KeepAlivePingDelay = TimeSpan.FromSeconds(2),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(3),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        using var channel = GrpcChannel.ForAddress(_address, new GrpcChannelOptions { HttpHandler = handler });
        var client = new Health.HealthClient(channel);
        var pause = _shortestPause;
        while (!stop.IsCancellationRequested)
        {
            var (answered, implemented) = await WatchOnceAsync(client, stop);
            if (stop.IsCancellationRequested)
                return;
            SetReady(!implemented);
            pause = answered ? _shortestPause : TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, pause.Ticks * 2));
            await Task.Delay(implemented ? pause : _longestPause, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads one health watch until it ends: because the replica is lost, restarts or drains.</summary>
    private async Task<(bool Answered, bool Implemented)> WatchOnceAsync(Health.HealthClient client, CancellationToken stop)
    {
        var answered = false;
        try
        {
            using var watch = client.Watch(new HealthCheckRequest { Service = "ready" }, cancellationToken: stop);
            await foreach (var health in watch.ResponseStream.ReadAllAsync(stop))
            {
                answered = true;
                SetReady(health.Status == HealthCheckResponse.Types.ServingStatus.Serving);
            }
        }
        catch (RpcException end)
        {
            return (answered, end.StatusCode != StatusCode.Unimplemented);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // and the watch starts again: an unexpected error must not make the process forget a replica
            Log.WatchBroken(_logger, error, _address);
        }

        return (answered, true);
    }

    private void SetReady(bool ready)
    {
        if (IsReady == ready)
            return;
        IsReady = ready;
        _onChanged();
    }
}
