using SynCxr.Mesh.Hosting.Replicas;
using Yarp.ReverseProxy.Configuration;

namespace SynCxr.Mesh.Gateway;

/// <summary>Keeps the proxy's destinations equal to the replicas that the mesh's own clients use.</summary>
internal sealed class RouteUpdateWorker(ReplicaSetRegistry replicas, InMemoryConfigProvider proxy, IConfiguration configuration)
    : BackgroundService
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IReadOnlyList<Uri>> _usable = [];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RouteTable.ServiceNames.Select(name => UpdateRoutesAsync(name, stoppingToken)));

    private async Task UpdateRoutesAsync(string name, CancellationToken cancellation)
    {
        await foreach (var usable in replicas.GetOrAdd(name).WatchUsableAsync(cancellation))
        {
            lock (_gate)
            {
                _usable[name] = usable;
                proxy.Update(RouteTable.All, RouteTable.BuildClusters(configuration, _usable));
            }
        }
    }
}
