namespace SynCxr.Mesh.Objects;

/// <summary>Content-addressed bytes by tenant. <c>Storage:Kind</c> picks the implementation by its <see cref="Kind"/>.</summary>
public interface IObjectStore
{
    /// <summary>The name that configuration picks it by.</summary>
    string Kind { get; }

    /// <summary>Stores the bytes under their SHA-256; they are on disk when the task completes. Storing them again does nothing.</summary>
    Task<ObjectAddress> PutAsync(string tenant, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Reads the bytes and holds them against their digest.</summary>
    /// <exception cref="Errors.MeshException">NOT_FOUND when there is none, DATA_CORRUPT when the digest differs.</exception>
    Task<byte[]> GetAsync(ObjectAddress address, CancellationToken cancellationToken);

    /// <summary>True when an object of that address is stored.</summary>
    Task<bool> ExistsAsync(ObjectAddress address, CancellationToken cancellationToken);
}
