using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Vocabulary;
using Drawing = SynCxr.Mesh.Diffusion.V1;
using Writing = SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Something that is not as it was sealed.</summary>
public sealed record SealedFileProblem(string Path, string Problem);

/// <summary>What a check of a folder found.</summary>
/// <param name="Root">The root that the manifest names; empty when the manifest itself is broken.</param>
/// <param name="Files">Files that were read.</param>
public sealed record VerificationResult(string Root, int Files, IReadOnlyList<SealedFileProblem> Problems)
{
    public bool IsIntact => Problems.Count == 0;
}

/// <summary>What two data sets differ in.</summary>
/// <param name="Spec">Members of the spec, by path, with both values.</param>
/// <param name="Pairs">Indexes whose leaf differs, with the columns that do; an index that only one has is "missing".</param>
public sealed record DatasetDiff(bool SameRoot, IReadOnlyList<(string Path, string A, string B)> Spec,
    IReadOnlyList<(long Index, IReadOnlyList<string> Columns)> Pairs);

/// <summary>A pair with everything that is needed to make it again by public calls, and everything to hold the result against.</summary>
/// <param name="ReportSpec">For <c>WriteReport</c>.</param>
/// <param name="ImageSpec">For <c>RenderImage</c> or <c>GenerateImage</c>.</param>
/// <param name="ReportRepeats">False where the writer promised no second text like the first: what it wrote is then where a replay
/// starts.</param>
/// <param name="Png">The stored image.</param>
/// <param name="Json">The stored canonical JSON.</param>
public sealed record ReplayablePair(PairRecord Record, Writing.ReportSpec ReportSpec, Drawing.ImageSpec ImageSpec, bool ReportRepeats,
    byte[] Png, JsonObject Json);

/// <summary>A sealed data set on disk, without any service.</summary>
public static class SealedDatasetFolder
{
    /// <summary>
    /// Reads every byte: the manifest against its own hash, each file against the manifest, the folder against the list,
    /// and the root anew from the shards.
    /// </summary>
    public static async Task<VerificationResult> VerifyAsync(string folder, CancellationToken cancellation)
    {
        DatasetManifest manifest;
        try
        {
            manifest = DatasetManifest.Read(folder);
        }
        catch (InvalidDataException error)
        {
            return new VerificationResult("", 0,
                [new SealedFileProblem(DatasetManifest.FileName,
                    error.Message.StartsWith(DatasetManifest.FileName + ": ", StringComparison.Ordinal)
                        ? error.Message[(DatasetManifest.FileName.Length + 2)..] : error.Message)]);
        }

        var problems = new List<SealedFileProblem>();
        foreach (var file in manifest.Files)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.Combine(manifest.Folder, file.Path);
            if (!File.Exists(path))
                problems.Add(new SealedFileProblem(file.Path, "is missing"));
            else if (new FileInfo(path).Length is var length && length != file.Size)
                problems.Add(new SealedFileProblem(file.Path, $"is {length} bytes long, {file.Size} were sealed"));
            else if (Sha256Digest.HexOfFile(path) != file.Sha256)
                problems.Add(new SealedFileProblem(file.Path, "was changed: its SHA-256 differs"));
        }

        var known = manifest.Files.Select(f => f.Path).Append(DatasetManifest.FileName).ToHashSet(StringComparer.Ordinal);
        problems.AddRange(Directory.EnumerateFiles(manifest.Folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(manifest.Folder, f).Replace('\\', '/')).Where(f => !known.Contains(f))
            .Order(StringComparer.Ordinal)
            .Select(f => new SealedFileProblem(f, "is in no manifest")));
        problems.AddRange(Directory.EnumerateDirectories(manifest.Folder, "*", SearchOption.AllDirectories)
            .Where(d => !Directory.EnumerateFileSystemEntries(d).Any())
            .Select(d => Path.GetRelativePath(manifest.Folder, d).Replace('\\', '/') + "/").Order(StringComparer.Ordinal)
            .Select(d => new SealedFileProblem(d, "is an empty folder, and in no manifest")));
        if (problems.Count == 0)
            problems.AddRange(await ContentProblemsAsync(manifest, cancellation));
        return new VerificationResult(manifest.Root, manifest.Files.Count + 1, problems);
    }

    /// <summary>Rows of <c>metadata.parquet</c>, by index.</summary>
    public static Task<PairRecord[]> ReadAsync(string folder, CancellationToken cancellation) =>
        PairRecord.ReadAsync(Path.Combine(Path.GetFullPath(folder), "metadata.parquet"), cancellation);

    /// <exception cref="InvalidDataException">The data set has no such pair, or its files do not go together.</exception>
    public static async Task<ReplayablePair> ReadPairAsync(string folder, long index, CancellationToken cancellation)
    {
        var manifest = DatasetManifest.Read(folder);
        var record = (await ReadAsync(folder, cancellation)).FirstOrDefault(r => r.Index == index)
            ?? throw new InvalidDataException($"{folder} has no pair {index}; its pairs are 0 to {manifest.Spec.Pairs - 1}");
        var key = ShardFile.KeyOf(index);
        var members = ShardFile.Read(Path.Combine(manifest.Folder, ShardFile.PathOf(record.Shard)))
            .FirstOrDefault(m => m.Key == key).Members
            ?? throw new InvalidDataException($"{ShardFile.PathOf(record.Shard)} has no pair {index}");
        var spec = manifest.Spec;
        using var text = File.OpenText(Path.Combine(manifest.Folder, "vocabulary.tsv"));
        var vocabulary = EntityVocabulary.Parse(spec.Draw.Vocabulary, text);
        var report = new Writing.ReportSpec
        {
            Seed = ulong.Parse(record.ReportSeed, CultureInfo.InvariantCulture),
            Impression = Enum.Parse<Writing.ImpressionStyle>(spec.Report.Impression, ignoreCase: true),
            Matching = Enum.Parse<Writing.Matching>(spec.Report.Matching, ignoreCase: true),
            MaxAttempts = spec.Report.MaxAttempts,
            Model = spec.Report.Writer.Name,
        };
        Assembly.PairPeerClient.AddEntities(report, record.Entities, vocabulary);
        var image = Assembly.PairPeerClient.ImageSpec(spec.Image, record.Impression,
            ulong.Parse(record.ImageSeed, CultureInfo.InvariantCulture));
        var repeats = manifest.Engines.Where(e => (string?)e!["kind"] == "report-writer").All(e => (bool)e!["deterministic"]!);
        return new ReplayablePair(record, report, image, repeats, members.Png, JsonNode.Parse(members.Json)!.AsObject());
    }

    public static async Task<DatasetDiff> DiffAsync(string folderA, string folderB, CancellationToken cancellation)
    {
        var (a, b) = (DatasetManifest.Read(folderA), DatasetManifest.Read(folderB));
        var spec = new List<(string, string, string)>();
        Compare(JsonNode.Parse(a.Spec.ToCanonicalJson()), JsonNode.Parse(b.Spec.ToCanonicalJson()), "spec", spec);
        var left = (await ReadAsync(folderA, cancellation)).ToDictionary(r => r.Index);
        var right = (await ReadAsync(folderB, cancellation)).ToDictionary(r => r.Index);
        var pairs = new List<(long, IReadOnlyList<string>)>();
        foreach (var index in left.Keys.Union(right.Keys).Order())
        {
            if (!left.TryGetValue(index, out var x) || !right.TryGetValue(index, out var y))
            {
                pairs.Add((index, ["missing"]));
                continue;
            }

            var columns = new List<(string Path, string, string)>();
            Compare(JsonNode.Parse(x.Leaf()), JsonNode.Parse(y.Leaf()), "", columns);
            if (columns.Count > 0)
                pairs.Add((index, [.. columns.Select(c => c.Path.TrimStart('.').Split('[')[0]).Distinct()]));
        }

        return new DatasetDiff(a.Root == b.Root, spec, pairs);
    }

    private static async Task<IReadOnlyList<SealedFileProblem>> ContentProblemsAsync(DatasetManifest manifest,
        CancellationToken cancellation)
    {
        var problems = new List<SealedFileProblem>();
        var spec = Sha256Digest.HexOf(manifest.Spec.ToCanonicalJson());
        if (spec != manifest.SpecDigest)
            problems.Add(new SealedFileProblem(DatasetManifest.FileName, "the spec does not have the digest that it names"));
        var records = await ReadAsync(manifest.Folder, cancellation);
        foreach (var shard in records.GroupBy(r => r.Shard))
        {
            var path = ShardFile.PathOf(shard.Key);
            foreach (var (record, (key, members)) in shard.Zip(ShardFile.Read(Path.Combine(manifest.Folder, path))))
            {
                cancellation.ThrowIfCancellationRequested();
                var pixels = Sha256Digest.HexOf(ImageCodec.DecodeGray(members.Png, $"{key}.png").Pixels);
                if (key != ShardFile.KeyOf(record.Index) || pixels != record.PixelsSha256
                    || Sha256Digest.HexOf(members.Json) != record.JsonSha256 || Sha256Digest.HexOf(members.Text) != record.TextSha256)
                    problems.Add(new SealedFileProblem(path, $"pair {record.Index} is not the one in metadata.parquet"));
            }
        }

        var root = Sha256Digest.MerkleRoot([PairRecord.SpecLeaf(spec), .. records.Select(r => new ReadOnlyMemory<byte>(r.Leaf()))]);
        if (records.Length != manifest.Spec.Pairs || root != manifest.Root)
            problems.Add(new SealedFileProblem("metadata.parquet", "its rows do not give the root"));
        return problems;
    }

    private static void Compare(JsonNode? a, JsonNode? b, string path, List<(string, string, string)> found)
    {
        if (a is JsonObject x && b is JsonObject y)
        {
            foreach (var name in x.Select(m => m.Key).Union(y.Select(m => m.Key)).Order(StringComparer.Ordinal))
                Compare(x[name], y[name], $"{path}.{name}", found);
        }
        else if (!JsonNode.DeepEquals(a, b))
        {
            found.Add((path, a?.ToJsonString() ?? "", b?.ToJsonString() ?? ""));
        }
    }
}
