using System.Globalization;
using System.Text;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.SealedDatasets.Hub;

/// <summary>
/// A sealed data set as a folder that Hugging Face's <c>load_dataset</c> opens with all its tables: the configuration <c>pairs</c> with
/// images in it, <c>rejects</c> and <c>run</c>.
/// </summary>
public static class HubFolderWriter
{
    /// <summary>Pairs a file, so that a file of small images stays below what viewers of data sets take.</summary>
    private const int PairsPerFile = 10_000;

    private const string Pairs = "pairs", Rejects = "rejects", Run = "run";

    /// <param name="into">A new folder; it appears when it is complete.</param>
    /// <param name="progress">Told pairs done and pairs in all.</param>
    /// <exception cref="SealedDatasetException">A file of the data set is not as it was sealed.</exception>
    public static async Task WriteAsync(SealedDataset set, string into, Action<long, long> progress, CancellationToken cancellation)
    {
        var beside = into + ".part";
        if (Directory.Exists(beside))
            Directory.Delete(beside, recursive: true);
        foreach (var config in new[] { Pairs, Rejects, Run })
            Directory.CreateDirectory(Path.Combine(beside, config));
        var done = 0L;
        foreach (var split in SplitNames.All)
        {
            var shards = set.Shards.Index().Where(s => s.Item[0].Split == split).ToList();
            var files = (shards.Sum(s => s.Item.Count) + PairsPerFile - 1) / PairsPerFile;
            using var next = Read().GetEnumerator();
            for (var number = 0; number < files; number++)
                await HubPairTable.WriteAsync(Path.Combine(beside, Pairs, NameOf(split, number, files)), next, PairsPerFile, cancellation);

            IEnumerable<SealedPair> Read() => shards.SelectMany(s => set.ReadShard(s.Index)).Select(pair =>
            {
                cancellation.ThrowIfCancellationRequested();
                progress(++done, set.Pairs.Count);
                return pair;
            });
        }

        File.Copy(Path.Combine(set.Manifest.Folder, RejectTableSchema.Instance.FileName),
            Path.Combine(beside, Rejects, NameOf(SplitNames.Train, 0, 1)));
        File.Copy(Path.Combine(set.Manifest.Folder, RunTableSchema.Instance.FileName),
            Path.Combine(beside, Run, NameOf(SplitNames.Train, 0, 1)));
        File.Copy(Path.Combine(set.Manifest.Folder, "LICENSE.md"), Path.Combine(beside, "LICENSE.md"));
        await File.WriteAllTextAsync(Path.Combine(beside, "README.md"), await WriteCardAsync(set, beside, cancellation), cancellation);
        Directory.Move(beside, into);
    }

    private static string NameOf(string split, int number, int files) =>
        FormattableString.Invariant($"{split}-{number:00000}-of-{files:00000}.parquet");

    /// <summary>The card of the sealed set with another head: what its head says of shards is not so here.</summary>
    private static async Task<string> WriteCardAsync(SealedDataset set, string folder, CancellationToken cancellation)
    {
        var card = (await File.ReadAllTextAsync(Path.Combine(set.Manifest.Folder, "README.md"), cancellation)).ReplaceLineEndings("\n");
        var parts = card.Split("---\n", 3) is ["", var fields, var body] ? [fields, body] : new[] { "", card }; // another's has no head
        var kept = parts[0].Split('\n').TakeWhile(line => line != "configs:");
        var splits = set.Pairs.GroupBy(p => p.Split).ToDictionary(g => g.Key, g => g.LongCount());
        var rejects = (await ParquetTableReader.ReadAsync(set.Manifest.Folder, RejectTableSchema.Instance, cancellation)).Count;
        var head = new StringBuilder("---\n")
            .AppendJoin('\n', kept.Select(l => l.Replace("webdataset", "parquet", StringComparison.Ordinal))).Append("\nconfigs:\n");
        foreach (var config in new[] { Pairs, Rejects, Run })
        {
            head.Append(CultureInfo.InvariantCulture, $"  - config_name: {config}\n").Append(config == Pairs ? "    default: true\n" : "")
                .Append("    data_files:\n");
            foreach (var split in config == Pairs ? SplitNames.All.Where(splits.ContainsKey) : [SplitNames.Train])
                head.Append(CultureInfo.InvariantCulture, $"      - {{split: {split}, path: \"{config}/{split}-*.parquet\"}}\n");
        }

        head.Append("dataset_info:\n");
        AppendInfo(head, folder, Pairs, HubFeatures.OfPairsWithImages,
            [.. SplitNames.All.Where(splits.ContainsKey).Select(s => (s, splits[s]))]);
        AppendInfo(head, folder, Rejects, HubFeatures.OfTable(RejectTableSchema.Instance), [(SplitNames.Train, rejects)]);
        AppendInfo(head, folder, Run, HubFeatures.OfTable(RunTableSchema.Instance), [(SplitNames.Train, set.Pairs.Count)]);
        return head.Append("---\n").Append(parts[1].Split("## Files\n")[0]).Append("## Files\n\n").Append(CultureInfo.InvariantCulture,
            $"Exported as Parquet from the sealed data set of root `{set.Root}`: `pairs` with their images, `rejects` and `run`.\n")
            .ToString();
    }

    private static void AppendInfo(StringBuilder head, string folder, string config, IReadOnlyList<(string Name, HubFeature Type)> features,
        IReadOnlyList<(string Split, long Rows)> splits)
    {
        head.Append(CultureInfo.InvariantCulture, $"  - config_name: {config}\n    features:\n");
        HubFeature.AppendYaml(head, features, indent: 6);
        head.Append("    splits:\n");
        var total = 0L;
        foreach (var (split, rows) in splits)
        {
            var size = Directory.EnumerateFiles(Path.Combine(folder, config), split + "-*.parquet").Sum(f => new FileInfo(f).Length);
            total += size;
            head.Append(CultureInfo.InvariantCulture, $"      - {{name: {split}, num_bytes: {size}, num_examples: {rows}}}\n");
        }

        head.Append(CultureInfo.InvariantCulture, $"    download_size: {total}\n    dataset_size: {total}\n");
    }
}
