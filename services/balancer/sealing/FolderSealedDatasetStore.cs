using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Data sets in <c>{StateFolder}/{tenant}/datasets/{id}</c>, renamed when complete. Several balancers need a state folder that they share.
/// </summary>
internal sealed class FolderSealedDatasetStore(SealingWorkspace work) : ISealedDatasetStore
{
    public string Kind => ObjectStoreNames.Folder;

    public string AddressOf(string folder) => Path.Combine(work.StateFolder, folder);

    public Task<DatasetManifest> ReadManifestAsync(string folder, CancellationToken cancellation) =>
        Task.FromResult(DatasetManifest.Read(AddressOf(folder)));

    public async Task<DatasetManifest?> FindIntactAsync(string folder, SealingProgress progress, CancellationToken cancellation)
    {
        var place = AddressOf(folder);
        if (!Directory.Exists(place))
            return null;
        if ((await SealedDatasetVerifier.VerifyAsync(place, cancellation)).IsIntact)
            return DatasetManifest.Read(place);
        Directory.Delete(place, recursive: true);
        return null;
    }

    public Task PublishAsync(string folder, string local, SealingProgress progress, CancellationToken cancellation)
    {
        foreach (var file in DatasetManifest.Read(local).FilesWithManifest())
        {
            cancellation.ThrowIfCancellationRequested();
            if (Sha256Digest.HexOfFile(Path.Combine(local, file.Path)) != file.Sha256)
                throw new SealedDatasetException(local, new SealedFileProblem(file.Path, "reads back as other bytes than were written"));
        }

        foreach (var inner in Directory.EnumerateDirectories(local))
            DirectorySync.Flush(inner);
        DirectorySync.Flush(local);
        var place = AddressOf(folder);
        var parent = Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Directory.Move(local, place);
        DirectorySync.Flush(parent.FullName);
        DirectorySync.Flush(parent.Parent!.FullName);
        DirectorySync.Flush(work.StateFolder);
        return Task.CompletedTask;
    }

    public Task<Stream> OpenAsync(string folder, string path, CancellationToken cancellation) =>
        Task.FromResult<Stream>(File.OpenRead(Path.Combine(AddressOf(folder), path)));

    public Task DeleteAsync(string folder, CancellationToken cancellation)
    {
        if (Directory.Exists(AddressOf(folder)))
            Directory.Delete(AddressOf(folder), recursive: true);
        return Task.CompletedTask;
    }
}
