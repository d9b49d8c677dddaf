using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>The rules of the manifest's <c>files</c>: which paths may stand there, in which order, and which must.</summary>
internal static class ManifestFileList
{
    /// <summary>Files that every sealed data set has beside its shards and its manifest.</summary>
    public static IReadOnlyList<string> Required { get; } =
    [
        "LICENSE.md", "README.md", "croissant.json", Tables.PairTableSchema.Instance.FileName, Tables.RejectTableSchema.Instance.FileName,
        Tables.RunTableSchema.Instance.FileName, "spec.yaml", PairReplay.VocabularyFile,
    ];

    /// <returns>The first rule that is broken, as the end of a sentence that begins with the manifest's name; null where none is.</returns>
    public static string? FindProblem(IReadOnlyList<ManifestFile> files, ShardNaming naming)
    {
        for (var i = 0; i < files.Count; i++)
        {
            var path = files[i].Path;
            if (!IsInFolder(path))
                return Say(i, "is not the path of a file in the folder");
            if (path == DatasetManifest.FileName)
                return Say(i, "a manifest can't list itself");
            if (i > 0 && string.CompareOrdinal(files[i - 1].Path, path) is var order && order >= 0)
                return Say(i, order == 0 ? "is listed twice" : "is out of order");
        }

        var paths = files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        if (Required.FirstOrDefault(path => !paths.Contains(path)) is { } missing)
            return $"does not list '{missing}', which every sealed data set has";
        var extra = files.Index().FirstOrDefault(f => IsData(f.Item.Path) && !naming.IsShard(f.Item.Path) && !naming.IsSidecar(f.Item.Path),
            (-1, null!)).Index;
        return extra < 0 ? null : Say(extra, "is no shard of its spec");
    }

    /// <summary>Holds the shards that are listed, and their C2PA manifests, against those that the rows lie in.</summary>
    /// <returns>As <see cref="FindProblem"/>.</returns>
    public static string? FindShardProblem(IReadOnlyList<ManifestFile> files, ShardNaming naming, IReadOnlyList<PairRecord> pairs)
    {
        var needed = pairs.Select(p => naming.PathOf(p.Split, p.Shard)).ToHashSet(StringComparer.Ordinal);
        var shards = needed.ToHashSet(StringComparer.Ordinal);
        foreach (var (index, file) in files.Index().Where(f => IsData(f.Item.Path)))
        {
            if (!needed.Remove(file.Path) && !(naming.IsSidecar(file.Path) && shards.Contains(ShardNaming.ShardOf(file.Path))))
                return Say(index, $"is a shard that no pair of {Tables.PairTableSchema.Instance.FileName} lies in");
        }

        return needed.Order(StringComparer.Ordinal).FirstOrDefault() is { } missing
            ? $"does not list '{missing}', which pairs of {Tables.PairTableSchema.Instance.FileName} lie in"
            : FindSealProblem(files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal), shards);
    }

    /// <summary>A set is signed whole or not at all: each shard, the balance certificate, and its signature.</summary>
    private static string? FindSealProblem(HashSet<string> paths, IEnumerable<string> shards)
    {
        string[] signed =
        [
            BalanceCertificate.FileName, BalanceCertificate.SignatureFileName,
            .. shards.Order(StringComparer.Ordinal).Select(ShardNaming.SidecarOf),
        ];
        var missing = signed.FirstOrDefault(path => !paths.Contains(path));
        return missing is null || !signed.Any(paths.Contains) ? null
            : $"does not list '{missing}', which a set has that lists '{signed.First(paths.Contains)}'";
    }

    private static string Say(int index, string problem) =>
        string.Create(CultureInfo.InvariantCulture, $"has a wrong path in 'files[{index}].path': {problem}");

    /// <summary>Relative, with <c>/</c>, and of names that mean the same on every system.</summary>
    private static bool IsInFolder(string path) => path.Split('/').All(name =>
        name is not ("" or "." or "..") && !name.Any(c => c is '\\' or ':' || char.IsControl(c)));

    private static bool IsData(string path) => path.StartsWith(ShardNaming.Folder + "/", StringComparison.Ordinal);
}
