using System.Globalization;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>The rules of the manifest's <c>files</c>: which paths may stand there, in which order, and which must.</summary>
internal static class ManifestFileList
{
    /// <summary>Files that every sealed data set has beside its shards and its manifest.</summary>
    public static IReadOnlyList<string> Required { get; } =
    [
        "README.md", "croissant.json", Tables.PairTableSchema.Instance.FileName, Tables.RejectTableSchema.Instance.FileName,
        Tables.RunTableSchema.Instance.FileName, "spec.yaml", PairReplay.VocabularyFile,
    ];

    /// <returns>The first rule that is broken, as the end of a sentence that begins with the manifest's name; null where none is.</returns>
    public static string? FindProblem(IReadOnlyList<ManifestFile> files, ResolvedSpec spec)
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
        var shards = ((spec.Pairs - 1) / spec.ShardSize) + 1;
        for (var shard = 0L; shard < shards; shard++)
        {
            if (!paths.Contains(ShardNaming.PathOf(shard)))
                return $"does not list '{ShardNaming.PathOf(shard)}', which the pairs of its spec need";
        }

        var extra = files.Index().FirstOrDefault(f => IsData(f.Item.Path) && !IsShardBelow(f.Item.Path, shards), (-1, null!)).Index;
        return extra < 0 ? null : Say(extra, "is none of the shards of its spec");
    }

    private static string Say(int index, string problem) =>
        string.Create(CultureInfo.InvariantCulture, $"has a wrong path in 'files[{index}].path': {problem}");

    /// <summary>Relative, with <c>/</c>, and of names that mean the same on every system.</summary>
    private static bool IsInFolder(string path) => path.Split('/').All(name =>
        name is not ("" or "." or "..") && !name.Any(c => c is '\\' or ':' || char.IsControl(c)));

    private static bool IsData(string path) => path.StartsWith(ShardNaming.Folder + "/", StringComparison.Ordinal);

    private static bool IsShardBelow(string path, long shards) =>
        long.TryParse(string.Concat(path.Where(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number < shards && ShardNaming.PathOf(number) == path;
}
