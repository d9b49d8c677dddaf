namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>What the watch of a replica knows of it.</summary>
internal enum ReplicaHealth
{
    /// <summary>It has not answered yet, and its time is not up.</summary>
    Unknown,

    /// <summary>It takes calls.</summary>
    Ready,

    /// <summary>It says that it takes none, or has just broken off: a call would be refused.</summary>
    NotReady,

    /// <summary>It takes connections and answers nothing: a call would wait for ever.</summary>
    Hung,

    /// <summary>Nothing listens at its address: a call there ends at once, with the true error.</summary>
    Unreachable,
}
