using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Objects;

/// <summary>The object stores by name.</summary>
public static class ObjectStoreNames
{
    /// <summary>Files in a folder: one machine, or machines that share a file system.</summary>
    public const string Folder = "folder";

    /// <summary>An S3-compatible store: any number of machines.</summary>
    public const string S3 = "s3";

    private static readonly FrozenDictionary<string, Func<IServiceProvider, IObjectStore>> _byKind =
        new Dictionary<string, Func<IServiceProvider, IObjectStore>>
        {
            [Folder] = services => new FolderObjectStore(services.GetRequiredService<IOptions<ObjectStoreOptions>>().Value.Root),
            [S3] = services => new S3ObjectStore(services.GetRequiredService<S3Bucket>()),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every name.</summary>
    public static IReadOnlyCollection<string> All => _byKind.Keys;

    /// <summary>Makes the store that the options name.</summary>
    public static IObjectStore Create(IServiceProvider services) =>
        _byKind[services.GetRequiredService<IOptions<ObjectStoreOptions>>().Value.Kind](services);
}
