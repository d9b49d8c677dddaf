using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// The mesh of <c>mesh up</c>: one process for each replica. It restarts lost replicas, carries out the orders of other terminals, and
/// drains everything at its end. One loop does all of it, so that no state here is shared between threads.
/// </summary>
internal sealed class ProcessMesh : IAsyncDisposable
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _restartDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _drainTimeout = TimeSpan.FromSeconds(40);
    private readonly Dictionary<ReplicaName, ReplicaProcess> _replicas = [];
    private readonly Dictionary<ReplicaName, long> _lostSince = [];
    private readonly PortAllocator _ports = new();
    private readonly MeshStateFolder _stateFolder;
    private readonly ServicePrograms _programs;
    private readonly ServiceSettings _settings;
    private readonly IReadOnlyList<string> _replicableServices;
    private readonly Action<ReplicaName, string> _onLine;
    private readonly TimeProvider _clock;
    private readonly string? _ownStart = ProcessIdentity.ReadStart(Environment.ProcessId);
    private string _lastWrittenStates = "";

    /// <param name="stateFolder">Where state, peers, logs and orders are.</param>
    /// <param name="programs">The programs of the services.</param>
    /// <param name="settings">The settings of every service.</param>
    /// <param name="replicableServices">The stateful services that may have several replicas.</param>
    /// <param name="onLine">Called with every line that a process writes.</param>
    /// <param name="clock">Clock of the restart delay.</param>
    public ProcessMesh(
        MeshStateFolder stateFolder, ServicePrograms programs, ServiceSettings settings, IReadOnlyList<string> replicableServices,
        Action<ReplicaName, string> onLine, TimeProvider clock)
    {
        _stateFolder = stateFolder;
        _programs = programs;
        _settings = settings;
        _replicableServices = replicableServices;
        _onLine = onLine;
        _clock = clock;
    }

    /// <summary>Called with all replicas whenever the state of one of them changes.</summary>
    public Action<IReadOnlyList<ReplicaState>> OnChanged { get; set; } = _ => { };

    public IReadOnlyList<ReplicaState> Replicas =>
        [.. _replicas.Values.Select(r => r.ToReplicaState())
            .OrderBy(r => ServicePrograms.ServiceNames.Index().First(s => s.Item == r.Service).Index).ThenBy(r => r.Number)];

    /// <summary>Addresses of a gateway: of a ready one where there is one, else of any.</summary>
    public (string Grpc, string Json) GatewayAddresses => Replicas.Where(r => r.Service == "gateway")
        .OrderByDescending(r => r.State == "ready").Select(r => (r.Grpc, r.Json)).FirstOrDefault(("", ""));

    /// <summary>True when every replica that was not told to end is ready; false for a mesh that has ended.</summary>
    public bool IsReady => Replicas.Where(r => r.State != "ended").ToList() is { Count: > 0 } running
        && running.TrueForAll(r => r.State == "ready");

    /// <summary>Starts every replica.</summary>
    /// <param name="counts">The number of replicas of every service.</param>
    /// <param name="gatewayPorts">Ports of the first gateway; null takes free ones.</param>
    public void Start(IReadOnlyDictionary<string, int> counts, (int Grpc, int Json)? gatewayPorts)
    {
        foreach (var service in ServicePrograms.ServiceNames)
        {
            for (var number = 1; number <= counts[service]; number++)
                Add(new ReplicaName(service, number), service == "gateway" && number == 1 ? gatewayPorts : null);
        }

        WritePeers();
        foreach (var replica in _replicas.Values)
            replica.Start();
        PublishChanges(); // at once: were this process killed now, `mesh down` must find them
    }

    /// <summary>Watches the replicas, restarts lost ones and carries out orders, until the token or an order ends it.</summary>
    /// <exception cref="IOException">A service ends while it starts, and would do so again.</exception>
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

            await Task.Delay(_pollInterval, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Drains the services that begin work, gateway and balancer, before those that do it. What does not end in time is killed.
    /// </summary>
    public async Task DrainAsync()
    {
        foreach (var group in _replicas.Values.GroupBy(r => r.Name.Service is not ("gateway" or "balancer")).OrderBy(g => g.Key))
        {
            foreach (var replica in group)
                replica.Drain();
            using var limit = new CancellationTokenSource(_drainTimeout, _clock);
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
        // Exit code 2 means a wrong setting, and 1 before it was ever ready a model that can't be loaded: a restart would fail as well.
        if (replica.ExitCode == 2 || (replica.ExitCode == 1 && !replica.WasReady))
            throw new IOException(
                $"The replica {replica.Name} can't start: {MeshStateFolder.ReadLastError(_stateFolder.LogFile(replica.Name))}");
        if (_lostSince.TryAdd(replica.Name, _clock.GetTimestamp()) || _clock.GetElapsedTime(_lostSince[replica.Name]) < _restartDelay)
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
                return; // the terminal that gave the order has told the user why
            Add(new ReplicaName(order.Target, number)).Start();
            PublishChanges();
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
        var states = string.Join(
            ' ',
            replicas.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Service}/{r.Number}:{r.State}:{r.Pid}")));
        if (states == _lastWrittenStates)
            return;
        var (grpc, json) = GatewayAddresses;
        try
        {
            _stateFolder.WriteState(new MeshState(Environment.ProcessId, _ownStart, grpc, json, replicas));
            WritePeers();
            _lastWrittenStates = states;
        }
        catch (IOException error) when (DiskFullMapping.IsDiskFull(error))
        {
            // written again in the next round: the mesh lives, and its replicas keep the addresses that they know
        }

        OnChanged(replicas);
    }

    /// <summary>Writes the addresses of all replicas but the ended ones; a lost one stays, since it comes back on its address.</summary>
    private void WritePeers() => _stateFolder.WritePeers(Replicas.Where(r => r.State != "ended"));
}
