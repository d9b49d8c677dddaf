namespace SynCxr.Mesh.Database;

/// <summary>The name of this process in leases. A restarted process has another one: the leases of the old one run out.</summary>
public sealed class ReplicaIdentity
{
    public string Name { get; } = $"{Environment.MachineName}/{Guid.NewGuid():N}";
}
