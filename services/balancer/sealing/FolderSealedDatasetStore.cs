using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Data sets in <c>{StateFolder}/datasets/{id}</c>, renamed when complete. Several balancers need a state folder that they share.
/// </summary>
internal sealed class FolderSealedDatasetStore(SealingWorkspace work) : ISealedDatasetStore
{
    public string Kind => ObjectStoreNames.Folder;

    public string AddressOf(string id) => Path.Combine(work.Root, id);

    public Task<DatasetManifest> ReadManifestAsync(string id, CancellationToken cancellation) =>
        Task.FromResult(DatasetManifest.Read(AddressOf(id)));

    public async Task<DatasetManifest?> FindIntactAsync(string id, CancellationToken cancellation)
    {
        var folder = AddressOf(id);
        if (!Directory.Exists(folder))
            return null;
        if ((await SealedDatasetVerifier.VerifyAsync(folder, cancellation)).IsIntact)
            return DatasetManifest.Read(folder);
        Directory.Delete(folder, recursive: true);
        return null;
    }

    public async Task PublishAsync(string id, string folder, Func<Task> alive, CancellationToken cancellation)
    {
        await alive();
        foreach (var inner in Directory.EnumerateDirectories(folder))
            DirectorySync.Flush(inner);
        DirectorySync.Flush(folder);
        Directory.Move(folder, AddressOf(id));
        DirectorySync.Flush(work.Root);
    }

    public Task<Stream> OpenAsync(string id, string path, CancellationToken cancellation) =>
        Task.FromResult<Stream>(File.OpenRead(Path.Combine(AddressOf(id), path)));
}
