using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Where sealed data sets lie: with the objects. <c>Storage:Kind</c> picks it by its <see cref="Kind"/>.</summary>
internal interface ISealedDatasetStore
{
    /// <summary>The name that configuration picks it by.</summary>
    string Kind { get; }

    /// <summary>What a person calls a data set's folder.</summary>
    string AddressOf(string id);

    /// <summary>The manifest of a data set that is complete.</summary>
    /// <exception cref="SealedDatasetException">It is missing, or not as it was written.</exception>
    Task<DatasetManifest> ReadManifestAsync(string id, CancellationToken cancellation);

    /// <summary>
    /// The manifest of a data set that is complete and as it was written, every byte of it; else null, and it may be written again.
    /// </summary>
    Task<DatasetManifest?> FindIntactAsync(string id, CancellationToken cancellation);

    /// <summary>Makes a folder that was written on this machine the data set: none of it is to be seen before all of it is there.</summary>
    /// <param name="id">Of the data set.</param>
    /// <param name="folder">With the manifest; it is gone afterwards.</param>
    /// <param name="alive">Called between parts; throws when the data set is somebody else's.</param>
    Task PublishAsync(string id, string folder, Func<Task> alive, CancellationToken cancellation);

    /// <summary>Opens a file that the manifest lists.</summary>
    Task<Stream> OpenAsync(string id, string path, CancellationToken cancellation);
}

/// <summary>The places by kind.</summary>
internal static class SealedDatasetStoreFactory
{
    private static readonly FrozenDictionary<string, Func<IServiceProvider, ISealedDatasetStore>> _byKind =
        new Dictionary<string, Func<IServiceProvider, ISealedDatasetStore>>
        {
            [ObjectStoreNames.Folder] = services => ActivatorUtilities.CreateInstance<FolderSealedDatasetStore>(services),
            [ObjectStoreNames.S3] = services => ActivatorUtilities.CreateInstance<S3SealedDatasetStore>(services),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static ISealedDatasetStore Create(IServiceProvider services) =>
        _byKind[services.GetRequiredService<IOptions<ObjectStoreOptions>>().Value.Kind](services);
}
