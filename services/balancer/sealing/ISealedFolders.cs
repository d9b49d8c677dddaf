using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Storage;
using SynCxr.Mesh.Storage.Objects;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Where sealed data sets lie: with the objects. <c>Storage:Kind</c> picks it by its <see cref="Kind"/>.</summary>
internal interface ISealedFolders
{
    /// <summary>The name that configuration picks it by.</summary>
    string Kind { get; }

    /// <summary>What a person calls a data set's folder.</summary>
    string AddressOf(string id);

    /// <summary>The manifest of a data set that is complete.</summary>
    /// <exception cref="InvalidDataException">It is missing, or not what was written.</exception>
    Task<Manifest> ReadManifestAsync(string id, CancellationToken cancellation);

    /// <summary>The manifest of a data set that is complete and as it was written, every byte of it; else null, and it may be written again.</summary>
    Task<Manifest?> FindIntactAsync(string id, CancellationToken cancellation);

    /// <summary>Makes a folder that was written on this machine the data set: none of it is to be seen before all of it is there.</summary>
    /// <param name="id">Of the data set.</param>
    /// <param name="folder">With the manifest; it is gone afterwards.</param>
    /// <param name="alive">Called between parts; throws when the data set is somebody else's.</param>
    Task PublishAsync(string id, string folder, Func<Task> alive, CancellationToken cancellation);

    /// <summary>Opens a file that the manifest lists.</summary>
    Task<Stream> OpenAsync(string id, string path, CancellationToken cancellation);
}

/// <summary>The places by kind.</summary>
internal static class SealedFolders
{
    private static readonly FrozenDictionary<string, Func<IServiceProvider, ISealedFolders>> _byKind =
        new Dictionary<string, Func<IServiceProvider, ISealedFolders>>
        {
            [ObjectStores.Folder] = services => ActivatorUtilities.CreateInstance<LocalFolders>(services),
            [ObjectStores.S3] = services => ActivatorUtilities.CreateInstance<S3Folders>(services),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static ISealedFolders Create(IServiceProvider services) => _byKind[services.GetRequiredService<IOptions<StorageOptions>>().Value.Kind](services);
}
