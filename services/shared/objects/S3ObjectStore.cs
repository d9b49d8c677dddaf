using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Objects;

/// <summary>
/// Objects under <c>objects/{tenant}/{sha256}</c> of a bucket. A put replaces the object as a whole, so the same bytes again
/// change nothing, and heal it if it was damaged: nothing is read before.
/// </summary>
public sealed class S3ObjectStore(S3Bucket bucket) : IObjectStore
{
    /// <inheritdoc/>
    public string Kind => ObjectStoreNames.S3;

    /// <inheritdoc/>
    public async Task<ObjectAddress> PutAsync(string tenant, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var address = ObjectAddress.Create(tenant, bytes.Span);
        await bucket.PutAsync(address.Uri, bytes, cancellationToken).ConfigureAwait(false);
        return address;
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        var bytes = await bucket.GetAsync(address.Uri, cancellationToken).ConfigureAwait(false)
            ?? throw MeshException.NotFound(address.Uri);
        return Sha256Digest.HexOf(bytes) == address.Sha256
            ? bytes
            : throw new MeshException(ErrorReasons.DataCorrupt, $"{address.Uri}: the stored bytes do not match their digest");
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        bucket.ExistsAsync(address.Uri, cancellationToken);
}
