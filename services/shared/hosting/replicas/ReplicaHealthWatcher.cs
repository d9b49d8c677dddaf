using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>
/// Watches whether one replica is ready, by the standard health service, over a connection of its own. A replica that answers neither the
/// watch nor HTTP/2 pings within <see cref="MeshOptions.HealthLimit"/> hangs, and is not ready. A peer without a health service counts as
/// ready while it can be reached.
/// </summary>
internal sealed class ReplicaHealthWatcher : IDisposable
{
    private static readonly TimeSpan _shortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);

    /// <summary>The shortest time that the HTTP client takes for a ping, and for its answer.</summary>
    private static readonly TimeSpan _shortestPing = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _address;
    private readonly TimeSpan _limit;
    private readonly Action<SocketsHttpHandler> _configure;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Action _onChanged;

    /// <param name="limit">How long the replica may leave the watch or a ping unanswered.</param>
    /// <param name="configure">Sets TLS.</param>
    /// <param name="changed">Called whenever <see cref="Health"/> changes.</param>
    public ReplicaHealthWatcher(Uri address, TimeSpan limit, Action<SocketsHttpHandler> configure, TimeProvider clock, ILogger logger,
        Action changed)
    {
        _address = address;
        _limit = limit;
        _configure = configure;
        _clock = clock;
        _logger = logger;
        _onChanged = changed;
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(), null); // without the async context of whoever calls first
    }

    public ReplicaHealth Health { get; private set; }

    /// <summary>Why the replica is not ready, without a full stop; empty while it is.</summary>
    public string Problem { get; private set; } = "";

    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        var stop = _stop.Token;
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = _limit * 0.4,
            KeepAlivePingDelay = Max(_limit * 0.4, _shortestPing),
            KeepAlivePingTimeout = Max(_limit * 0.6, _shortestPing),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        _configure(handler);
        using var channel = GrpcChannel.ForAddress(_address, new GrpcChannelOptions { HttpHandler = handler });
        var client = new Health.HealthClient(channel);
        var pause = _shortestPause;
        while (!stop.IsCancellationRequested)
        {
            var (answered, health, problem) = await WatchOnceAsync(client, stop);
            if (stop.IsCancellationRequested)
                return;
            SetHealth(health, problem);
            pause = answered ? _shortestPause : TimeSpan.FromTicks(Math.Min(_longestPause.Ticks, pause.Ticks * 2));
            await Task.Delay(health == ReplicaHealth.Ready ? _longestPause : pause, _clock, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads one health watch until it ends: because the replica is lost, restarts or drains.</summary>
    private async Task<(bool Answered, ReplicaHealth Health, string Problem)> WatchOnceAsync(Health.HealthClient client,
        CancellationToken stop)
    {
        var answered = false;
        using var limit = new CancellationTokenSource(_limit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            using var watch = client.Watch(new HealthCheckRequest { Service = "ready" }, cancellationToken: either.Token);
            await foreach (var answer in watch.ResponseStream.ReadAllAsync(either.Token))
            {
                answered = true;
                limit.CancelAfter(Timeout.InfiniteTimeSpan); // from now on pings tell whether it hangs
                if (answer.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                    SetHealth(ReplicaHealth.Ready, "");
                else
                    SetHealth(ReplicaHealth.NotReady, "says that it is not ready");
            }
        }
        catch (Exception) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return (false, ReplicaHealth.Hung, string.Create(CultureInfo.InvariantCulture,
                $"has not answered its health watch within {_limit.TotalSeconds:0.###} s"));
        }
        catch (RpcException end) when (end.StatusCode == StatusCode.Unimplemented)
        {
            return (answered, ReplicaHealth.Ready, "");
        }
        catch (RpcException end)
        {
            return (answered, IsRefusedConnection(end) ? ReplicaHealth.Unreachable : ReplicaHealth.NotReady,
                PeerFailureMapping.Describe(end, answered, "the replica", _address.ToString(), "") ?? end.Status.Detail);
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

        return (answered, ReplicaHealth.NotReady, "has ended its health watch");
    }

    /// <summary>True where there was no connection to begin with; one that could not be made in time may be a host that hangs.</summary>
    private static bool IsRefusedConnection(RpcException error)
    {
        for (var cause = error.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
                return socket.SocketErrorCode is not (SocketError.TimedOut or SocketError.ConnectionReset or SocketError.ConnectionAborted
                    or SocketError.Shutdown or SocketError.OperationAborted);
        }

        return false;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void SetHealth(ReplicaHealth health, string problem)
    {
        Problem = problem;
        if (Health == health)
            return;
        Health = health;
        _onChanged();
    }
}
