using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// Writes the folder of a sealed data set: pairs shard by shard, rejects, then the root, texts, and the manifest last. Every file is
/// flushed to disk. The same calls write the same bytes.
/// </summary>
public sealed class SealedDatasetWriter : IAsyncDisposable
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly string _folder;
    private readonly ResolvedSpec _spec;
    private readonly ParquetTableWriter<PairRecord> _pairs;
    private readonly ParquetTableWriter<RunRecord> _runs;
    private readonly ParquetTableWriter<RejectRecord> _rejects;
    private readonly List<ReadOnlyMemory<byte>> _leaves;
    private readonly List<ManifestFile> _files = [];
    private ShardWriter? _shard;
    private int _shardNumber = -1;
    private bool _tablesClosed;

    private SealedDatasetWriter(
        string folder, ResolvedSpec spec, ParquetTableWriter<PairRecord> pairs, ParquetTableWriter<RunRecord> runs,
        ParquetTableWriter<RejectRecord> rejects)
    {
        _folder = folder;
        _spec = spec;
        _pairs = pairs;
        _runs = runs;
        _rejects = rejects;
        _leaves = [PairRecord.SpecLeaf(spec.Digest)];
    }

    /// <summary>The files that are closed and hashed, by path; all but the manifest after the last text.</summary>
    public IReadOnlyList<ManifestFile> Files => _files;

    /// <param name="folder">An empty folder.</param>
    /// <param name="spec">What the data set was made to.</param>
    public static async Task<SealedDatasetWriter> CreateAsync(string folder, ResolvedSpec spec, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Combine(folder, ShardNaming.Folder));
        return new SealedDatasetWriter(
            folder, spec,
            await ParquetTableWriter<PairRecord>.CreateAsync(folder, PairTableSchema.Instance, cancellation),
            await ParquetTableWriter<RunRecord>.CreateAsync(folder, RunTableSchema.Instance, cancellation),
            await ParquetTableWriter<RejectRecord>.CreateAsync(folder, RejectTableSchema.Instance, cancellation));
    }

    /// <summary>Adds a pair; pairs come by rising index, so that shards are whole.</summary>
    /// <param name="record">Its offset is filled in here.</param>
    public async Task AddPairAsync(PairRecord record, ShardMembers members, RunRecord run)
    {
        if (record.Shard != _shardNumber)
        {
            _shard?.Dispose();
            _shardNumber = record.Shard;
            _shard = new ShardWriter(Path.Combine(_folder, ShardNaming.PathOf(record.Shard)));
        }

        _leaves.Add(record.ToLeaf());
        await _pairs.AddAsync(record with { Offset = _shard!.Add(record.Index, members) });
        await _runs.AddAsync(run);
    }

    /// <summary>Adds a rejected attempt; they come by index and attempt.</summary>
    public Task AddRejectAsync(RejectRecord reject) => _rejects.AddAsync(reject);

    /// <summary>Closes shards and tables.</summary>
    /// <returns>The Merkle root over the spec and all pairs.</returns>
    public async Task<string> CompletePairsAsync()
    {
        await CloseTablesAsync();
        return MerkleTree.Root(_leaves);
    }

    /// <summary>Writes a text file at the top of the folder, UTF-8.</summary>
    public async Task WriteTextAsync(string name, string text, CancellationToken cancellation)
    {
        await using var file = new FileStream(Path.Combine(_folder, name), FileMode.CreateNew);
        await file.WriteAsync(_utf8.GetBytes(text), cancellation);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Hashes every file that is not in <see cref="Files"/> yet.</summary>
    public async Task HashFilesAsync(CancellationToken cancellation)
    {
        var known = _files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        var paths = Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(_folder, path).Replace('\\', '/'));
        foreach (var path in paths.Where(p => !known.Contains(p)).Order(StringComparer.Ordinal).ToList())
        {
            await using var file = File.OpenRead(Path.Combine(_folder, path));
            var hash = await SHA256.HashDataAsync(file, cancellation);
            _files.Add(new ManifestFile(path, file.Length, Convert.ToHexStringLower(hash)));
        }
    }

    /// <summary>Writes the manifest over all hashed files: the last step.</summary>
    /// <param name="engines">Fingerprints of the engines, a JSON array.</param>
    /// <param name="figures">What the card says in words, a JSON object.</param>
    /// <exception cref="SealedDatasetException">A file or a member is missing, or is of another form than the format has it.</exception>
    public void WriteManifest(string root, JsonNode? engines, JsonNode? figures) =>
        DatasetManifest.Write(_folder, root, _spec, engines, figures, _files);

    public async ValueTask DisposeAsync() => await CloseTablesAsync();

    private async Task CloseTablesAsync()
    {
        if (_tablesClosed)
            return;
        _tablesClosed = true;
        _shard?.Dispose();
        await _pairs.DisposeAsync();
        await _runs.DisposeAsync();
        await _rejects.DisposeAsync();
    }
}
