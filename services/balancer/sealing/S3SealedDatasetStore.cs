using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Data sets under <c>{tenant}/datasets/{id}/</c> of the bucket. A bucket knows no rename: the manifest goes up last, and a data set
/// without one is none. The bytes of a data set are the same whoever writes them, so a late put of a replica that has lost
/// its lease does no harm.
/// </summary>
internal sealed class S3SealedDatasetStore(S3Bucket bucket) : ISealedDatasetStore
{
    public string Kind => ObjectStoreNames.S3;

    public string AddressOf(string folder) => bucket.UrlOf(folder);

    public async Task<DatasetManifest> ReadManifestAsync(string folder, CancellationToken cancellation) =>
        await bucket.GetAsync(KeyOf(folder, DatasetManifest.FileName), cancellation) is { } bytes
            ? DatasetManifest.Parse(AddressOf(folder), bytes)
            : throw DatasetManifest.Missing(AddressOf(folder));

    public async Task<DatasetManifest?> FindIntactAsync(string folder, SealingProgress progress, CancellationToken cancellation)
    {
        if (!await bucket.ExistsAsync(KeyOf(folder, DatasetManifest.FileName), cancellation))
            return null;
        if (await IsIntactAsync(folder, progress, cancellation))
            return await ReadManifestAsync(folder, cancellation);
        await bucket.DeleteAsync(KeyOf(folder, DatasetManifest.FileName), cancellation);
        return null;
    }

    public async Task PublishAsync(string folder, string local, SealingProgress progress, CancellationToken cancellation)
    {
        var files = DatasetManifest.Read(local).FilesWithManifest().ToList();
        var manifest = files[^1].Sha256;
        for (var stored = progress.CountOf(manifest); stored < files.Count; stored++)
        {
            var file = files[stored];
            await bucket.PutFileAsync(KeyOf(folder, file.Path), Path.Combine(local, file.Path), file.Sha256, cancellation);
            if (!await bucket.HoldsAsync(KeyOf(folder, file.Path), file.Size, file.Sha256, cancellation))
                throw new SealedDatasetException(AddressOf(folder),
                    new SealedFileProblem(file.Path, "reads back as other bytes than were stored"));
            await progress.ConfirmAsync(manifest, stored + 1);
        }

        Directory.Delete(local, recursive: true);
    }

    public async Task<Stream> OpenAsync(string folder, string path, CancellationToken cancellation) =>
        await bucket.OpenAsync(KeyOf(folder, path), cancellation)
            ?? throw new SealedDatasetException(AddressOf(folder), new SealedFileProblem(path, "is missing"));

    public Task DeleteAsync(string folder, CancellationToken cancellation) => bucket.DeleteAllAsync($"{folder}/", cancellation);

    private async Task<bool> IsIntactAsync(string folder, SealingProgress progress, CancellationToken cancellation)
    {
        try
        {
            var files = (await ReadManifestAsync(folder, cancellation)).FilesWithManifest().ToList();
            foreach (var file in files.Skip(progress.CountOf(files[^1].Sha256)))
            {
                if (!await bucket.HoldsAsync(KeyOf(folder, file.Path), file.Size, file.Sha256, cancellation))
                    return false;
            }

            return true;
        }
        catch (SealedDatasetException)
        {
            return false;
        }
    }

    private static string KeyOf(string folder, string path) => $"{folder}/{path}";
}
