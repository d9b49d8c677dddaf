using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Tls;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>
/// The replicas of one peer: which ones exist (from the setting or DNS, looked up every second) and which of them are ready (from their
/// health service). Calls to the peer and the gateway's routes use the same set.
/// </summary>
public sealed class ReplicaSet : IDisposable
{
    /// <summary>When a caller that found no replica ready may come again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>What a watch may be late: the checks of a replica run once a second.</summary>
    private static readonly TimeSpan _watchDelay = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan _refreshInterval = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<Uri, (ReplicaHealthWatcher Watch, ReplicaLoad Load)> _replicas = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly IConfiguration _configuration;
    private readonly string _peer;
    private readonly TimeSpan _healthLimit;
    private readonly MeshCertificateStore? _certificates;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private IReadOnlyList<Uri>? _usable;
    private string _lastProblem = "";
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _healthChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ReplicaSet(IConfiguration configuration, string peer, AdaptiveConcurrencyLimiter limiter, TimeSpan healthLimit,
        TimeProvider clock, ILogger logger, MeshCertificateStore? certificates = null)
    {
        _certificates = certificates;
        Limiter = limiter;
        _healthLimit = healthLimit;
        _configuration = configuration;
        _peer = peer;
        _clock = clock;
        _logger = logger;
        Setting = PeerSetting.Read(configuration, peer);
        // without the async context of whoever calls first
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RefreshPeriodicallyAsync(), null);
    }

    /// <summary>The setting that the current replicas come from.</summary>
    public PeerSetting Setting { get; private set; }

    /// <summary>Bounds the calls that this process has in flight to the peer.</summary>
    internal AdaptiveConcurrencyLimiter Limiter { get; }

    /// <summary>
    /// The replicas to use, now and after each change: those that are ready. Where none is ready, all that are known; whether one of them
    /// may be called then, <see cref="FindProblem"/> says. Empty when no replica is known.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<Uri>> WatchUsableAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        IReadOnlyList<Uri>? last = null;
        while (true)
        {
            IReadOnlyList<Uri>? now;
            Task next;
            lock (_gate)
                (now, next) = (_usable, _changed.Task);
            if (now is null || ReferenceEquals(now, last))
                await next.WaitAsync(cancellation);
            else
                yield return last = now;
        }
    }

    /// <summary>
    /// Why no replica may be called now: each of them hangs, or says that it is not ready. Null where one is ready, is not known yet, or
    /// can't be connected to, since a call there gets the true error at once.
    /// </summary>
    public string? FindProblem()
    {
        lock (_gate)
        {
            return _replicas.Count > 0 && _replicas.Values.All(r => r.Watch.Health is ReplicaHealth.NotReady or ReplicaHealth.Hung)
                ? $"No replica of the service {_peer} is ready: "
                    + $"{string.Join(", ", _replicas.OrderBy(r => r.Key.AbsoluteUri, StringComparer.Ordinal).Select(Describe))}."
                : null;
        }

        static string Describe(KeyValuePair<Uri, (ReplicaHealthWatcher Watch, ReplicaLoad Load)> replica) =>
            $"{replica.Key.GetLeftPart(UriPartial.Authority)} {replica.Value.Watch.Problem}";
    }

    /// <summary>
    /// The same, after a moment for a replica that starts or ends: its watch hears of it a moment later. None for replicas that hang.
    /// </summary>
    public async Task<string?> FindLastingProblemAsync(CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        while (true)
        {
            Task next;
            bool mayPass;
            lock (_gate)
                (next, mayPass) = (_healthChanged.Task, _replicas.Values.Any(r => r.Watch.Health != ReplicaHealth.Hung));
            var (problem, left) = (FindProblem(), _watchDelay - _clock.GetElapsedTime(started));
            if (problem is null || !mayPass || left <= TimeSpan.Zero)
                return problem;
            await Task.WhenAny(next, Task.Delay(left, _clock, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
        {
            foreach (var (watch, _) in _replicas.Values)
                watch.Dispose();
        }
    }

    /// <summary>The calls in flight to a replica.</summary>
    internal ReplicaLoad GetLoad(Uri replica)
    {
        lock (_gate)
            return _replicas.TryGetValue(replica, out var known) ? known.Load : new ReplicaLoad(this);
    }

    private async Task RefreshPeriodicallyAsync()
    {
        using var timer = new PeriodicTimer(_refreshInterval, _clock);
        try
        {
            do
                await RefreshAsync();
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    /// <summary>
    /// Whatever goes wrong, the last known replicas stay in use and the lookup is tried again. A wrong setting or a failing DNS lookup is
    /// logged once; any other error is a defect and is logged every time, with its stack trace.
    /// </summary>
    private async Task RefreshAsync()
    {
        try
        {
            var setting = PeerSetting.Read(_configuration, _peer);
            var found = await setting.ResolveAsync(_stop.Token);
            Setting = setting;
            ApplyFound(found);
            _lastProblem = "";
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            if (error is not (SocketException or OptionsValidationException))
                Log.PeersBroken(_logger, error, _peer);
            else if (_lastProblem != error.Message)
                Log.PeersNotRead(_logger, _peer, _lastProblem = error.Message);
            if (_usable is null)
                ApplyFound([]); // so that callers get an error instead of waiting
        }
    }

    private void ApplyFound(IReadOnlyList<Uri> found)
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested
                || (_usable is not null && found.Count == _replicas.Count && found.All(_replicas.ContainsKey)))
                return;
            foreach (var gone in _replicas.Keys.Except(found).ToList())
            {
                _replicas[gone].Watch.Dispose();
                _replicas.Remove(gone);
            }

            foreach (var added in found.Where(f => !_replicas.ContainsKey(f)))
                _replicas[added] = (WatchHealth(added), new ReplicaLoad(this));
            if (found.Count > 0)
                Log.PeersFound(_logger, _peer, string.Join(", ", found));
        }

        PublishUsable();
    }

    private ReplicaHealthWatcher WatchHealth(Uri replica) =>
        new(replica, _healthLimit, handler => _certificates?.UseTls(handler, _peer), _clock, _logger, PublishUsable);

    private void PublishUsable()
    {
        lock (_gate)
        {
            _healthChanged.TrySetResult();
            _healthChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var ready = _replicas.Where(r => r.Value.Watch.Health == ReplicaHealth.Ready).Select(r => r.Key).ToList();
            if (ready.Count == 0 && _replicas.Values.Any(r => r.Watch.Health == ReplicaHealth.Unknown))
                return; // no replica is ready yet, and some have not answered: wait for them
            List<Uri> usable = [.. (ready.Count > 0 ? ready : [.. _replicas.Keys]).OrderBy(u => u.AbsoluteUri, StringComparer.Ordinal)];
            if (_usable is not null && _usable.SequenceEqual(usable))
                return;
            Log.PeersUsed(_logger, _peer, ready.Count, _replicas.Count);
            _usable = usable;
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

/// <summary>The replica sets of a process: one for each peer, shared by everything that calls it.</summary>
public sealed class ReplicaSetRegistry(IConfiguration configuration, IOptions<MeshOptions> options, MeshCertificateStore certificates,
    TimeProvider clock, TenantWeights weights, ILogger<ReplicaSet> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ReplicaSet> _sets = new(StringComparer.Ordinal);

    /// <summary>The replica set of a peer; the first call starts to look for its replicas.</summary>
    public ReplicaSet GetOrAdd(string peer)
    {
        lock (_gate)
        {
            if (!_sets.TryGetValue(peer, out var set))
            {
                var limiter = new AdaptiveConcurrencyLimiter(options.Value.CallsToPeer, clock, weights);
                _sets[peer] = set = new ReplicaSet(configuration, peer, limiter, options.Value.HealthLimit, clock, logger, certificates);
            }

            return set;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var set in _sets.Values)
                set.Dispose();
        }
    }
}
