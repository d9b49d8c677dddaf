using System.Text.RegularExpressions;
using SynCxr.Mesh.Provenance.C2pa;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// Names in and of the shards of a data set. A shard's name carries the spec digest: loaders keep what they have downloaded by its name,
/// and would show the pictures of another set.
/// </summary>
/// <param name="specDigest">SHA-256 of the resolved spec.</param>
/// <param name="hasSplits">Whether the spec parts pairs into splits; if not, names say nothing of splits.</param>
public sealed partial class ShardNaming(string specDigest, bool hasSplits)
{
    /// <summary>Folder of the shards.</summary>
    public const string Folder = "data";

    /// <summary>Digits of the spec digest in a name.</summary>
    private const int DigestLength = 16;

    /// <summary>Names of the data set that is made to a spec.</summary>
    public static ShardNaming Create(ResolvedSpec spec) => new(spec.Digest, spec.Splits is not null);

    private readonly string _prefix = $"{Folder}/shard-{specDigest[..DigestLength]}-";

    /// <summary>Path of a shard in its data set.</summary>
    /// <param name="split">The split that it holds pairs of.</param>
    /// <param name="shard">Its number among those of the split, from 0.</param>
    public string PathOf(string split, long shard) =>
        FormattableString.Invariant($"{_prefix}{(hasSplits ? split + "-" : "")}{shard:000000}.tar");

    /// <summary>Paths of all shards of a split, with a <c>*</c> for the number.</summary>
    public string PatternOf(string split) => $"{_prefix}{(hasSplits ? split + "-" : "")}*.tar";

    /// <summary>Name of a pair's members in its shard without their extensions: the key that loaders know the pair by.</summary>
    public string KeyOf(string split, long index) => FormattableString.Invariant($"{(hasSplits ? split + "/" : "")}{index:000000}");

    /// <summary>Name of a pair's image in its shard.</summary>
    public string FileNameOf(string split, long index) => KeyOf(split, index) + ShardMembers.PngExtension;

    /// <summary>Whether a path is that of a shard of this data set, whatever its split and number.</summary>
    public bool IsShard(string path) => path.StartsWith(_prefix, StringComparison.Ordinal)
        && (hasSplits ? NumberInSplit() : Number()).IsMatch(path[_prefix.Length..]);

    /// <summary>Path of the C2PA manifest that lies beside a shard in a signed set.</summary>
    public static string SidecarOf(string shard) => shard + ManifestWriter.SidecarExtension;

    /// <summary>Path of the shard that a manifest lies beside.</summary>
    public static string ShardOf(string sidecar) => sidecar[..^ManifestWriter.SidecarExtension.Length];

    /// <summary>Whether a path is that of the C2PA manifest of a shard of this data set.</summary>
    public bool IsSidecar(string path) =>
        path.EndsWith(ManifestWriter.SidecarExtension, StringComparison.Ordinal) && IsShard(ShardOf(path));

    /// <summary>Whether a path is that of a shard of a split.</summary>
    public bool IsShardOf(string split, string path) =>
        IsShard(path) && (!hasSplits || path.StartsWith($"{_prefix}{split}-", StringComparison.Ordinal));

    [GeneratedRegex(@"^\d{6,}\.tar\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(train|valid|test)-\d{6,}\.tar\z")]
    private static partial Regex NumberInSplit();
}
