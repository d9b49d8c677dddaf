using System.Security.Cryptography;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Data sets under <c>datasets/{id}/</c> of the bucket. A bucket knows no rename: the manifest goes up last, and a data set
/// without one is none. The bytes of a data set are the same whoever writes them, so a late put of a replica that has lost
/// its lease does no harm.
/// </summary>
internal sealed class S3SealedDatasetStore(S3Bucket bucket) : ISealedDatasetStore
{
    public string Kind => ObjectStoreNames.S3;

    public string AddressOf(string id) => bucket.UrlOf($"datasets/{id}");

    public async Task<DatasetManifest> ReadManifestAsync(string id, CancellationToken cancellation) =>
        await bucket.GetAsync(KeyOf(id, DatasetManifest.FileName), cancellation) is { } bytes
            ? DatasetManifest.Parse(AddressOf(id), bytes)
            : throw DatasetManifest.Missing(AddressOf(id));

    public async Task<DatasetManifest?> FindIntactAsync(string id, CancellationToken cancellation)
    {
        if (!await bucket.ExistsAsync(KeyOf(id, DatasetManifest.FileName), cancellation))
            return null;
        if (await IsIntactAsync(id, cancellation))
            return await ReadManifestAsync(id, cancellation);
        await bucket.DeleteAsync(KeyOf(id, DatasetManifest.FileName), cancellation);
        return null;
    }

    public async Task PublishAsync(string id, string folder, Func<Task> alive, CancellationToken cancellation)
    {
        foreach (var file in DatasetManifest.Read(folder).Files.Select(f => f.Path).Append(DatasetManifest.FileName))
        {
            await alive();
            await bucket.PutFileAsync(KeyOf(id, file), Path.Combine(folder, file), cancellation);
        }

        Directory.Delete(folder, recursive: true);
    }

    public async Task<Stream> OpenAsync(string id, string path, CancellationToken cancellation) =>
        await bucket.OpenAsync(KeyOf(id, path), cancellation)
            ?? throw new SealedDatasetException(AddressOf(id), new SealedFileProblem(path, "is missing"));

    private async Task<bool> IsIntactAsync(string id, CancellationToken cancellation)
    {
        try
        {
            foreach (var file in (await ReadManifestAsync(id, cancellation)).Files)
            {
                await using var stream = await OpenAsync(id, file.Path, cancellation);
                if (Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)) != file.Sha256)
                    return false;
            }

            return true;
        }
        catch (SealedDatasetException)
        {
            return false;
        }
    }

    private static string KeyOf(string id, string path) => $"datasets/{id}/{path}";
}
