using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>
/// Watches one replica's <c>ready</c> by the standard health service, over a connection of its own. A replica that is hung rather than dead
/// answers no HTTP/2 ping and is lost after five seconds. A peer that has no health service is taken for ready while it can be reached.
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

    /// <param name="changed">Told whenever <see cref="IsReady"/> has another answer.</param>
    public ReplicaHealthWatcher(Uri address, TimeProvider clock, ILogger logger, Action changed)
    {
        (_address, _clock, _logger, _onChanged) = (address, clock, logger, changed);
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(), null); // whoever calls first is not the caller of what runs from now on
    }

    /// <summary>True, false, or null as long as nothing is known.</summary>
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

    /// <summary>Follows one watch to its end, which is the replica's loss, its restart or its drain.</summary>
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
        catch (Exception defect) when (!stop.IsCancellationRequested)
        {
            Log.WatchBroken(_logger, defect, _address); // and the next watch begins: a replica must not be forgotten over it
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
