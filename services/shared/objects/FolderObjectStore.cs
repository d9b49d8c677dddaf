using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Objects;

/// <summary>Objects as files under <c>{root}/objects/{tenant}/{sha256}</c>. Several processes may share the folder.</summary>
public sealed class FolderObjectStore(string root) : IObjectStore
{
    private readonly string _root = Path.GetFullPath(root);

    /// <inheritdoc/>
    public string Kind => ObjectStoreNames.Folder;

    /// <inheritdoc/>
    public async Task<ObjectAddress> PutAsync(string tenant, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var address = ObjectAddress.Create(tenant, bytes.Span);
        var path = PathOf(address);
        if (await IsIntactAsync(path, address, cancellationToken).ConfigureAwait(false))
            return address;
        var folder = Path.GetDirectoryName(path)!;
        var fresh = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{address.Sha256}.{Guid.NewGuid():N}");
        try
        {
            var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary); // does nothing once the file has moved
        }

        DirectorySync.Flush(folder);
        if (fresh)
            DirectorySync.Flush(Path.GetDirectoryName(folder)!);
        return address;
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        var path = PathOf(address);
        if (!File.Exists(path))
            throw MeshException.NotFound(address.Uri);
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        return Sha256Digest.HexOf(bytes) == address.Sha256
            ? bytes
            : throw new MeshException(ErrorReasons.DataCorrupt, $"{address.Uri}: the stored bytes do not match their digest");
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        Task.FromResult(File.Exists(PathOf(address)));

    private static async Task<bool> IsIntactAsync(string path, ObjectAddress address, CancellationToken cancellationToken) =>
        File.Exists(path)
        && Sha256Digest.HexOf(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false)) == address.Sha256;

    private string PathOf(ObjectAddress address) => Path.Combine(_root, "objects", address.Tenant, address.Sha256);
}
