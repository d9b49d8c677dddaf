namespace SynCxr.Mesh.Database;

/// <summary>This process among those on the same rows. A restarted one is another: what it held runs out.</summary>
public sealed class ReplicaIdentity
{
    public string Name { get; } = $"{Environment.MachineName}/{Guid.NewGuid():N}";
}
