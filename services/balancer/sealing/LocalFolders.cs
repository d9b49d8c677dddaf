using SynCxr.Mesh.Storage.Objects;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Data sets in <c>{StateFolder}/datasets/{id}</c>, renamed when complete. Several balancers need a state folder that they share.</summary>
internal sealed class LocalFolders(WorkFolders work) : ISealedFolders
{
    public string Kind => ObjectStores.Folder;

    public string AddressOf(string id) => Path.Combine(work.Root, id);

    public Task<Manifest> ReadManifestAsync(string id, CancellationToken cancellation) => Task.FromResult(Manifest.Read(AddressOf(id)));

    public async Task<Manifest?> FindIntactAsync(string id, CancellationToken cancellation)
    {
        var folder = AddressOf(id);
        if (!Directory.Exists(folder))
            return null;
        if ((await SealedFolder.VerifyAsync(folder, cancellation)).IsIntact)
            return Manifest.Read(folder);
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

    public Task<Stream> OpenAsync(string id, string path, CancellationToken cancellation) => Task.FromResult<Stream>(File.OpenRead(Path.Combine(AddressOf(id), path)));
}
