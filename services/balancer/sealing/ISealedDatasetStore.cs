using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Where sealed data sets lie: with the objects. <c>Storage:Kind</c> picks it by its <see cref="Kind"/>. A folder is named as
/// <see cref="SealedFolderNaming"/> does.
/// </summary>
internal interface ISealedDatasetStore
{
    /// <summary>The name that configuration picks it by.</summary>
    string Kind { get; }

    /// <summary>What a person calls a data set's folder.</summary>
    string AddressOf(string folder);

    /// <summary>The manifest of a data set that is complete.</summary>
    /// <exception cref="SealedDatasetException">It is missing, or not as it was written.</exception>
    Task<DatasetManifest> ReadManifestAsync(string folder, CancellationToken cancellation);

    /// <summary>
    /// The manifest of a data set that is complete and as it was written, every byte of it; else null, and it may be written again.
    /// </summary>
    /// <param name="progress">What is known to be stored already: it is not read again.</param>
    Task<DatasetManifest?> FindIntactAsync(string folder, SealingProgress progress, CancellationToken cancellation);

    /// <summary>
    /// Makes a folder that was written on this machine the data set: none of it is to be seen before all of it is there. Every file is
    /// read back, or confirmed by the store's own SHA-256; those that <paramref name="progress"/> knows are not stored again.
    /// </summary>
    /// <param name="local">With the manifest; it is gone afterwards.</param>
    /// <exception cref="SealedDatasetException">A file is not stored as it was written.</exception>
    Task PublishAsync(string folder, string local, SealingProgress progress, CancellationToken cancellation);

    /// <summary>Opens a file that the manifest lists.</summary>
    Task<Stream> OpenAsync(string folder, string path, CancellationToken cancellation);

    /// <summary>Deletes what the seal of a data set has left that ended before it was sealed; nothing there is no error.</summary>
    Task DeleteAsync(string folder, CancellationToken cancellation);
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
