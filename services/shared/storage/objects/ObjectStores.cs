using System.Collections.Frozen;

namespace SynCxr.Mesh.Storage.Objects;

/// <summary>The object stores by name.</summary>
public static class ObjectStores
{
    /// <summary>Files in a folder: one machine, or machines that share a file system.</summary>
    public const string Folder = "folder";

    private static readonly FrozenDictionary<string, Func<StorageOptions, IObjectStore>> _byKind =
        new Dictionary<string, Func<StorageOptions, IObjectStore>>
        {
            [Folder] = options => new FolderObjectStore(options.Root),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every name.</summary>
    public static IReadOnlyCollection<string> Kinds => _byKind.Keys;

    /// <summary>Makes the store that the options name.</summary>
    public static IObjectStore Create(StorageOptions options) => _byKind[options.Kind](options);
}
