using System.Globalization;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// The mesh of <c>mesh up</c>: starts a process a replica, starts those again that are lost, does what other terminals order, and ends all
/// of it in good order. One loop looks, one at a time, so that nothing here is shared between threads.
/// </summary>
internal sealed class ProcessMesh : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(40);
    private readonly Dictionary<ReplicaName, ReplicaProcess> _replicas = [];
    private readonly Dictionary<ReplicaName, long> _lostSince = [];
    private readonly PortAllocator _ports = new();
    private readonly MeshStateFolder _stateFolder;
    private readonly ServicePrograms _programs;
    private readonly ServiceSettings _settings;
    private readonly IReadOnlyList<string> _replicableServices;
    private readonly Action<ReplicaName, string> _onLine;
    private readonly TimeProvider _clock;
    private string _lastWrittenStates = "";

    /// <param name="line">Told every line of every process.</param>
    public ProcessMesh(MeshStateFolder files, ServicePrograms programs, ServiceSettings settings, IReadOnlyList<string> shared,
        Action<ReplicaName, string> line, TimeProvider clock) =>
        (_stateFolder, _programs, _settings, _replicableServices, _onLine, _clock) = (files, programs, settings, shared, line, clock);

    /// <summary>Told the replicas whenever one of them is in another state.</summary>
    public Action<IReadOnlyList<ReplicaState>> OnChanged { get; set; } = _ => { };

    public IReadOnlyList<ReplicaState> Replicas =>
        [.. _replicas.Values.Select(r => r.ToReplicaState())
            .OrderBy(r => ServicePrograms.ServiceNames.Index().First(s => s.Item == r.Service).Index).ThenBy(r => r.Number)];

    /// <summary>The gateway's addresses: of one that is ready, if any is.</summary>
    public (string Grpc, string Json) GatewayAddresses => Replicas.Where(r => r.Service == "gateway")
        .OrderByDescending(r => r.State == "ready").Select(r => (r.Grpc, r.Json)).FirstOrDefault(("", ""));

    /// <summary>True when all that are meant to run are ready; a mesh that has ended never is.</summary>
    public bool IsReady => Replicas.Where(r => r.State != "ended").ToList() is { Count: > 0 } meant
        && meant.TrueForAll(r => r.State == "ready");

    /// <summary>Starts every replica.</summary>
    /// <param name="door">Ports of the first gateway; null takes free ones.</param>
    public void Start(IReadOnlyDictionary<string, int> counts, (int Grpc, int Json)? door)
    {
        foreach (var service in ServicePrograms.ServiceNames)
        {
            for (var number = 1; number <= counts[service]; number++)
                Add(new ReplicaName(service, number), service == "gateway" && number == 1 ? door : null);
        }

        WritePeers();
        foreach (var replica in _replicas.Values)
            replica.Start();
    }

    /// <summary>Looks, restarts and obeys until it is told to end, by the token or by an order.</summary>
    /// <exception cref="IOException">A service stops at its start, so that starting it again would be in vain.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.WhenAll(_replicas.Values.Select(r => r.RefreshStateAsync(cancellation)));
            foreach (var replica in _replicas.Values.Where(r => r.HasExited && !r.IsEnding))
                Restart(replica);
            PublishChanges();
            foreach (var order in _stateFolder.DequeueOrders())
            {
                if (order.Verb == "down")
                    return;
                ExecuteOrder(order);
            }

            await Task.Delay(PollInterval, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Drains whoever begins work before those that do it; what does not end in time is killed.</summary>
    public async Task DrainAsync()
    {
        foreach (var group in _replicas.Values.GroupBy(r => r.Name.Service is not ("gateway" or "balancer")).OrderBy(g => g.Key))
        {
            foreach (var replica in group)
                replica.Drain();
            using var limit = new CancellationTokenSource(DrainTimeout, _clock);
            foreach (var replica in group)
                await replica.WaitForExitAsync(limit.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None,
                    TaskScheduler.Default);
            foreach (var replica in group)
                replica.Kill(stayDown: true);
            await Task.WhenAll(group.Select(r => r.RefreshStateAsync(CancellationToken.None)));
            PublishChanges();
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas.Values)
            replica.Dispose();
        return ValueTask.CompletedTask;
    }

    private ReplicaProcess Add(ReplicaName name, (int Grpc, int Json)? ports = null)
    {
        var replica = new ReplicaProcess(
            name, _programs.FindProgram(name.Service), ports ?? (_ports.Next(), _ports.Next()),
            [$"--Mesh:PeersFile={_stateFolder.PeersFile}", .. _settings.ArgumentsFor(name.Service)],
            _settings.EnvironmentVariables(), _stateFolder.LogFile(name), line => _onLine(name, line));
        _replicas[name] = replica;
        return replica;
    }

    private void Restart(ReplicaProcess replica)
    {
        // Exit code 2 is a wrong setting, 1 before it was ever ready a model that can't be loaded: the same again, for ever.
        if (replica.ExitCode == 2 || (replica.ExitCode == 1 && !replica.WasReady))
            throw new IOException($"{replica.Name} does not start: {MeshStateFolder.ReadLastError(_stateFolder.LogFile(replica.Name))}");
        if (_lostSince.TryAdd(replica.Name, _clock.GetTimestamp()) || _clock.GetElapsedTime(_lostSince[replica.Name]) < RestartDelay)
            return;
        _lostSince.Remove(replica.Name);
        replica.Start();
    }

    private void ExecuteOrder(MeshOrder order)
    {
        if (order.Verb == "add")
        {
            var number = _replicas.Keys.Where(t => t.Service == order.Target).Select(t => t.Number).DefaultIfEmpty().Max() + 1;
            if (ReplicaCounts.FindProblem(order.Target, _replicas.Values.Count(r => r.Name.Service == order.Target && !r.IsEnding) + 1,
                _replicableServices) is not null)
                return; // the other terminal has said so
            Add(new ReplicaName(order.Target, number)).Start();
            WritePeers();
            return;
        }

        if (!_replicas.TryGetValue(ReplicaName.Parse(order.Target), out var replica))
            return;
        if (order.Verb == "drain")
            replica.Drain();
        else
            replica.Kill(order.StayDown);
        PublishChanges();
    }

    private void PublishChanges()
    {
        var replicas = Replicas;
        var now = string.Join(' ',
            replicas.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Service}/{r.Number}:{r.State}:{r.Pid}")));
        if (now == _lastWrittenStates)
            return;
        _lastWrittenStates = now;
        var (grpc, json) = GatewayAddresses;
        _stateFolder.WriteState(new MeshState(Environment.ProcessId, grpc, json, replicas));
        WritePeers();
        OnChanged(replicas);
    }

    /// <summary>A replica that is lost stays listed, since it comes back; one that has ended does not.</summary>
    private void WritePeers() => _stateFolder.WritePeers(Replicas.Where(r => r.State != "ended"));
}
