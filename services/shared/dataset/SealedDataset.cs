using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A pair with its files, each of which was held against the pair's row.</summary>
/// <param name="Image">The pixels of the PNG.</param>
public sealed record SealedPair(PairRecord Record, ShardMembers Files, GrayImage Image);

/// <summary>
/// A sealed data set on disk, opened after manifest, files, rows and root were found to be as they were sealed. Shards are read one after
/// the other, and each pair is held against its row as it is read.
/// </summary>
public sealed class SealedDataset
{
    private readonly string? _field;
    private readonly string? _name;

    private SealedDataset(DatasetManifest manifest, IReadOnlyList<PairRecord> pairs, string? field, string? name)
    {
        _field = field;
        _name = name;
        Manifest = manifest;
        Pairs = pairs;
        Shards = GroupByShard(pairs);
    }

    public DatasetManifest Manifest { get; }

    /// <summary>Merkle root, lower-case hex.</summary>
    public string Root => Manifest.Root;

    /// <summary>Every pair by index, without its files.</summary>
    public IReadOnlyList<PairRecord> Pairs { get; }

    /// <summary>The pairs of each shard in file order: the shards of <c>train</c>, then those of <c>valid</c> and <c>test</c>.</summary>
    public IReadOnlyList<IReadOnlyList<PairRecord>> Shards { get; }

    /// <summary>What the run spent on each pair, by index.</summary>
    public Task<IReadOnlyList<RunRecord>> ReadRunsAsync(CancellationToken cancellation) =>
        ParquetTableReader.ReadAsync(Manifest.Folder, RunTableSchema.Instance, cancellation);

    /// <summary>Checks and opens the data set in a folder.</summary>
    /// <exception cref="SealedDatasetException">A file is not as it was sealed.</exception>
    public static Task<SealedDataset> OpenAsync(string folder, CancellationToken cancellation) =>
        OpenAsync(folder, null, null, cancellation);

    /// <summary>Checks and opens the data set that a field of a request names. Errors while it is read name that field, too.</summary>
    /// <param name="name">What messages call the folder.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a file is not as it was sealed.</exception>
    public static async Task<SealedDataset> OpenForFieldAsync(string folder, string field, string name, CancellationToken cancellation)
    {
        try
        {
            return await OpenAsync(folder, field, name, cancellation);
        }
        catch (SealedDatasetException error)
        {
            throw ToInvalid(error, folder, field, name);
        }
    }

    /// <summary>The pairs of a shard, in the order of <see cref="Shards"/>.</summary>
    /// <param name="shard">Its place in <see cref="Shards"/>.</param>
    /// <exception cref="SealedDatasetException">A pair is not as it was sealed; a MeshException where the data set was opened for a
    /// field.</exception>
    public IEnumerable<SealedPair> ReadShard(int shard)
    {
        foreach (var (record, members, image, problem) in SealedDatasetVerifier.ReadShard(Manifest, Shards[shard]))
        {
            if (problem is null)
            {
                yield return new SealedPair(record, members!, image!);
                continue;
            }

            var error = new SealedDatasetException(Manifest.Folder, problem);
            throw _field is null ? error : ToInvalid(error, Manifest.Folder, _field, _name!);
        }
    }

    /// <summary>Pairs by shard, in the order of <see cref="Shards"/>.</summary>
    internal static IReadOnlyList<IReadOnlyList<PairRecord>> GroupByShard(IEnumerable<PairRecord> pairs) =>
    [
        .. pairs.GroupBy(p => (Split: SplitNames.All.Index().First(s => s.Item == p.Split).Index, p.Shard)).OrderBy(g => g.Key)
            .Select(g => (IReadOnlyList<PairRecord>)[.. g]),
    ];

    private static MeshException ToInvalid(SealedDatasetException error, string folder, string field, string name) =>
        MeshException.Invalid(field, error.Message.Replace(Path.GetFullPath(folder), name, StringComparison.Ordinal)
            .Replace($"'{folder}'", $"'{name}'", StringComparison.Ordinal));

    private static async Task<SealedDataset> OpenAsync(string folder, string? field, string? name, CancellationToken cancellation)
    {
        var manifest = DatasetManifest.Read(folder);
        if (SealedDatasetVerifier.FindFileProblems(manifest, cancellation).FirstOrDefault() is { } fileProblem)
            throw new SealedDatasetException(manifest.Folder, fileProblem);
        var rows = await SealedRowsReader.ReadAsync(manifest, cancellation);
        return rows.Problems.Count == 0
            ? new SealedDataset(manifest, rows.Pairs, field, name) : throw new SealedDatasetException(manifest.Folder, rows.Problems[0]);
    }
}
