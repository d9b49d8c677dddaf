namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>No replica of a peer may be called now; the message says of each why.</summary>
internal sealed class NoReplicaReadyException(string message) : Exception(message);
