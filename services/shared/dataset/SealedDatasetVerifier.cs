using System.Text;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>What a check of every byte of a folder found.</summary>
/// <param name="Root">The root that the manifest names; empty where the manifest itself is wrong.</param>
/// <param name="Files">Files that were read.</param>
/// <param name="Problems">Every file that is not as it was sealed; empty for an intact data set.</param>
public sealed record VerificationResult(string Root, int Files, IReadOnlyList<SealedFileProblem> Problems)
{
    /// <summary>What the marks of an intact data set say.</summary>
    public SealedMarks Marks { get; init; } = SealedMarks.None;

    public bool IsIntact => Problems.Count == 0;
}

/// <summary>
/// The rules by which a folder is a sealed data set. <c>dataset verify</c> reports every violation; <see cref="SealedDataset"/>, which
/// trainer, evaluator and command read with, applies the same rules in the same order and stops at the first.
/// </summary>
public static class SealedDatasetVerifier
{
    /// <summary>
    /// Reads every byte: the manifest against its own hash and its schema, each file against the manifest, the folder against the
    /// manifest's list, then spec, vocabulary and tables against each other and the Merkle root, and each pair of each shard against its
    /// row with its marks, and the signatures where there are any.
    /// </summary>
    /// <param name="anchors">Whom to trust as signer; null for nobody.</param>
    public static async Task<VerificationResult> VerifyAsync(string folder, CancellationToken cancellation, TrustAnchors? anchors = null)
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
        var marks = SealedMarks.None;
        if (problems.Count == 0)
        {
            var pictures = manifest.DigitalSourceType is null ? 0 : manifest.Spec.Pairs;
            (marks, var seals) = SealedMarkVerifier.VerifySignatures(manifest, pictures, anchors ?? TrustAnchors.None, TimeProvider.System);
            problems.AddRange(seals);
        }

        return new VerificationResult(manifest.Root, manifest.Files.Count + 1, problems) { Marks = marks };
    }

    /// <summary>
    /// Files that the manifest lists and that are missing or changed, then files and empty folders that it does not list. Only what lies
    /// in the folder is opened: a path is looked up among its files, and no symbolic link is followed.
    /// </summary>
    internal static IEnumerable<SealedFileProblem> FindFileProblems(DatasetManifest manifest, CancellationToken cancellation)
    {
        var found = new SortedDictionary<string, FileSystemInfo>(StringComparer.Ordinal);
        Collect(new DirectoryInfo(manifest.Folder), "", found);
        foreach (var file in manifest.Files)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!found.Remove(file.Path, out var entry))
                yield return new SealedFileProblem(file.Path, "is missing");
            else if (entry.LinkTarget is not null)
                yield return new SealedFileProblem(file.Path, SealedFileProblem.IsLink);
            else if (entry is not FileInfo { Length: var length })
                yield return new SealedFileProblem(file.Path, "is a folder, where a file was sealed");
            else if (length != file.Size)
                yield return new SealedFileProblem(file.Path, $"was changed: it is {length} bytes long, {file.Size} bytes were sealed");
            else if (Sha256Digest.HexOfFile(entry.FullName) != file.Sha256)
                yield return new SealedFileProblem(file.Path, "was changed: its SHA-256 differs");
        }

        found.Remove(DatasetManifest.FileName);
        foreach (var (path, entry) in found.OrderBy(f => f.Value is DirectoryInfo).ThenBy(f => f.Key, StringComparer.Ordinal))
        {
            yield return entry.LinkTarget is not null ? new SealedFileProblem(path, SealedFileProblem.IsLink)
                : entry is FileInfo ? new SealedFileProblem(path, "is not listed in the manifest")
                : new SealedFileProblem(path + "/", "is an empty folder, which the manifest does not list");
        }
    }

    /// <summary>Files, links and empty folders by their paths, hidden ones too.</summary>
    private static void Collect(DirectoryInfo folder, string prefix, SortedDictionary<string, FileSystemInfo> found)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            var path = prefix + entry.Name;
            if (entry is DirectoryInfo inner && entry.LinkTarget is null && inner.EnumerateFileSystemInfos().Any())
                Collect(inner, path + "/", found);
            else
                found.Add(path, entry);
        }
    }

    /// <summary>The members of a pair, as they lie in its shard, against its row.</summary>
    private static SealedFileProblem? FindPairProblem(
        PairRecord record, ShardNaming naming, string key, ShardMembers members, long offset, out GrayImage? image)
    {
        image = null;
        RasterImage stored;
        var path = naming.PathOf(record.Split, record.Shard);
        if (key != naming.KeyOf(record.Split, record.Index))
            return new SealedFileProblem(path,
                $"was changed: it holds pair '{EchoedText.Shorten(key)}' where pair {record.Index} must follow");
        try
        {
            stored = ImageCodec.Decode(members.Png, $"{key}.png");
        }
        catch (MeshException error)
        {
            return new SealedFileProblem(path, $"was changed: {error.Message}");
        }

        image = stored.ToGray();
        if ((record.ImageOffset, record.ImageSize, record.ImageSha256) != (offset, members.Png.Length, Sha256Digest.HexOf(members.Png)))
            return new SealedFileProblem(path, $"was changed: the PNG of pair {record.Index} is not where, or not what, "
                + $"{PairTableSchema.Instance.FileName} says");
        return (image.Width, image.Height) == (record.Width, record.Height)
            && Sha256Digest.HexOf(stored.Pixels) == record.PixelsSha256
            && Sha256Digest.HexOf(members.Json) == record.JsonSha256
            && Sha256Digest.HexOf(members.Report) == record.ReportSha256
            && members.Impression.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(record.Impression))
                ? null
                : new SealedFileProblem(path, $"was changed: pair {record.Index} is not the one in {PairTableSchema.Instance.FileName}");
    }

    private static async Task<IReadOnlyList<SealedFileProblem>> FindContentProblemsAsync(
        DatasetManifest manifest, CancellationToken cancellation)
    {
        var rows = await SealedRowsReader.ReadAsync(manifest, cancellation);
        var problems = rows.Problems.ToList();
        foreach (var shard in SealedDataset.GroupByShard(rows.Pairs))
        {
            cancellation.ThrowIfCancellationRequested();
            problems.AddRange(ReadShard(manifest, shard).Select(p => p.Problem).OfType<SealedFileProblem>());
        }

        return problems;
    }

    /// <summary>
    /// The pairs of a shard in file order with what is wrong with each. A shard that can't be read further ends with that problem.
    /// </summary>
    internal static IEnumerable<(PairRecord Record, ShardMembers? Members, GrayImage? Image, SealedFileProblem? Problem)> ReadShard(
        DatasetManifest manifest, IReadOnlyList<PairRecord> records)
    {
        var path = manifest.Naming.PathOf(records[0].Split, records[0].Shard);
        using var pairs = ShardReader.Read(Path.Combine(manifest.Folder, path)).GetEnumerator();
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

            var (key, members, offset) = pairs.Current;
            var problem = FindPairProblem(record, manifest.Naming, key, members, offset, out var image);
            if (problem is null && SealedMarkVerifier.FindPairProblem(manifest, record, members) is { } mark)
                problem = new SealedFileProblem(path, $"was changed: {mark}");
            if (problem is null && record == records[^1])
                problem = FindEndProblem(pairs, path);
            yield return (record, members, image, problem);
        }
    }

    private static SealedFileProblem? FindEndProblem(IEnumerator<(string Key, ShardMembers Members, long Offset)> pairs, string path)
    {
        try
        {
            return pairs.MoveNext()
                ? new SealedFileProblem(path, $"was changed: it goes on with pair '{EchoedText.Shorten(pairs.Current.Key)}' after its last")
                : null;
        }
        catch (InvalidDataException error)
        {
            return new SealedFileProblem(path, $"was changed: it {error.Message}");
        }
    }
}
