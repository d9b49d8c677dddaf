using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>What a check of every byte of a folder found.</summary>
/// <param name="Root">The root that the manifest names; empty where the manifest itself is wrong.</param>
/// <param name="Files">Files that were read.</param>
/// <param name="Problems">Every file that is not as it was sealed; empty for an intact data set.</param>
public sealed record VerificationResult(string Root, int Files, IReadOnlyList<SealedFileProblem> Problems)
{
    public bool IsIntact => Problems.Count == 0;
}

/// <summary>
/// The rules by which a folder is a sealed data set. <c>dataset verify</c> reports every violation; <see cref="SealedDataset"/>, which
/// trainer, evaluator and command read with, applies the same rules in the same order and stops at the first.
/// </summary>
public static class SealedDatasetVerifier
{
    /// <summary>
    /// Reads every byte: the manifest against its own hash, each file against the manifest, the folder against the manifest's list, then
    /// the Merkle root anew from spec and rows, and each pair of each shard against its row.
    /// </summary>
    public static async Task<VerificationResult> VerifyAsync(string folder, CancellationToken cancellation)
    {
        DatasetManifest manifest;
        try
        {
            manifest = DatasetManifest.Read(folder);
        }
        catch (SealedDatasetException error)
        {
            return new VerificationResult("", 0, [error.Problem]);
        }

        var problems = FindFileProblems(manifest, cancellation).ToList();
        if (problems.Count == 0)
            problems.AddRange(await FindContentProblemsAsync(manifest, cancellation));
        return new VerificationResult(manifest.Root, manifest.Files.Count + 1, problems);
    }

    /// <summary>
    /// Files that the manifest lists and that are missing or changed, then files and empty folders that it does not list.
    /// </summary>
    internal static IEnumerable<SealedFileProblem> FindFileProblems(DatasetManifest manifest, CancellationToken cancellation)
    {
        foreach (var file in manifest.Files)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.Combine(manifest.Folder, file.Path);
            if (!File.Exists(path))
                yield return new SealedFileProblem(file.Path, "is missing");
            else if (new FileInfo(path).Length is var length && length != file.Size)
                yield return new SealedFileProblem(file.Path, $"was changed: it is {length} bytes long, {file.Size} bytes were sealed");
            else if (Sha256Digest.HexOfFile(path) != file.Sha256)
                yield return new SealedFileProblem(file.Path, "was changed: its SHA-256 differs");
        }

        var listed = manifest.Files.Select(f => f.Path).Append(DatasetManifest.FileName).ToHashSet(StringComparer.Ordinal);
        var files = Directory.EnumerateFiles(manifest.Folder, "*", SearchOption.AllDirectories).Select(RelativePath);
        foreach (var file in files.Where(f => !listed.Contains(f)).Order(StringComparer.Ordinal))
            yield return new SealedFileProblem(file, "is not listed in the manifest");
        var emptyFolders = Directory.EnumerateDirectories(manifest.Folder, "*", SearchOption.AllDirectories)
            .Where(d => !Directory.EnumerateFileSystemEntries(d).Any()).Select(RelativePath);
        foreach (var empty in emptyFolders.Order(StringComparer.Ordinal))
            yield return new SealedFileProblem(empty + "/", "is an empty folder, which the manifest does not list");

        string RelativePath(string path) => Path.GetRelativePath(manifest.Folder, path).Replace('\\', '/');
    }

    /// <summary>The spec against its digest; number of rows, shards and root against the manifest.</summary>
    internal static SealedFileProblem? FindRowProblem(DatasetManifest manifest, IReadOnlyList<PairRecord> records)
    {
        var specDigest = manifest.ComputeSpecDigest();
        if (specDigest != manifest.SpecDigest)
            return new SealedFileProblem(DatasetManifest.FileName, "was changed: its spec does not have the digest that stands beside it");
        var root = MerkleTree.Root([PairRecord.SpecLeaf(specDigest), .. records.Select(r => new ReadOnlyMemory<byte>(r.ToLeaf()))]);
        return records.Count != manifest.Spec.Pairs || root != manifest.Root
            ? new SealedFileProblem(PairTableSchema.Instance.FileName, "was changed: its rows do not give the root in the manifest")
            : null;
    }

    /// <summary>The members of a pair, as they lie in its shard, against its row.</summary>
    internal static SealedFileProblem? FindPairProblem(PairRecord record, string key, ShardMembers members, out GrayImage? image)
    {
        image = null;
        var path = ShardNaming.PathOf(record.Shard);
        if (key != ShardNaming.KeyOf(record.Index))
            return new SealedFileProblem(path, $"was changed: it holds pair '{key}' where pair {record.Index} must follow");
        try
        {
            image = ImageCodec.DecodeGray(members.Png, $"{key}.png");
        }
        catch (MeshException error)
        {
            return new SealedFileProblem(path, $"was changed: {error.Message}");
        }

        return Sha256Digest.HexOf(image.Pixels) == record.PixelsSha256
            && Sha256Digest.HexOf(members.Json) == record.JsonSha256
            && Sha256Digest.HexOf(members.Text) == record.TextSha256
                ? null
                : new SealedFileProblem(path, $"was changed: pair {record.Index} is not the one in {PairTableSchema.Instance.FileName}");
    }

    private static async Task<IReadOnlyList<SealedFileProblem>> FindContentProblemsAsync(
        DatasetManifest manifest, CancellationToken cancellation)
    {
        IReadOnlyList<PairRecord> records;
        try
        {
            records = await ParquetTableReader.ReadAsync(manifest.Folder, PairTableSchema.Instance, cancellation);
        }
        catch (InvalidDataException error)
        {
            return [new SealedFileProblem(PairTableSchema.Instance.FileName, error.Message)];
        }

        var problems = new List<SealedFileProblem>();
        if (FindRowProblem(manifest, records) is { } rowProblem)
            problems.Add(rowProblem);
        foreach (var shard in records.GroupBy(r => r.Shard))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (_, _, _, problem) in ReadShard(manifest.Folder, [.. shard]))
            {
                if (problem is not null)
                    problems.Add(problem);
            }
        }

        return problems;
    }

    /// <summary>
    /// The pairs of a shard in file order with what is wrong with each. A shard that can't be read further ends with that problem.
    /// </summary>
    internal static IEnumerable<(PairRecord Record, ShardMembers? Members, GrayImage? Image, SealedFileProblem? Problem)> ReadShard(
        string folder, IReadOnlyList<PairRecord> records)
    {
        var path = ShardNaming.PathOf(records[0].Shard);
        using var pairs = ShardReader.Read(Path.Combine(folder, path)).GetEnumerator();
        foreach (var record in records)
        {
            SealedFileProblem? broken = null;
            try
            {
                if (!pairs.MoveNext())
                    broken = new SealedFileProblem(path, $"was changed: it ends before pair {record.Index}");
            }
            catch (InvalidDataException error)
            {
                broken = new SealedFileProblem(path, $"was changed: it {error.Message}");
            }

            if (broken is not null)
            {
                yield return (record, null, null, broken);
                yield break;
            }

            var (key, members) = pairs.Current;
            var problem = FindPairProblem(record, key, members, out var image);
            yield return (record, members, image, problem);
        }
    }
}
