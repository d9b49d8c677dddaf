namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>This process among the balancers on the same rows. A restarted one is another: what it held runs out.</summary>
internal sealed class Replica
{
    public string Name { get; } = $"{Environment.MachineName}/{Guid.NewGuid():N}";
}
