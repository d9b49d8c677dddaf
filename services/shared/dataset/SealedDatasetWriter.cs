using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Cose;
using SynCxr.Mesh.Provenance.Signing;
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
    private readonly ShardNaming _naming;
    private readonly Dictionary<string, (int Number, ShardWriter Writer)> _shards = new(StringComparer.Ordinal);
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
        _naming = ShardNaming.Create(spec);
        _leaves = [PairRecord.SpecLeaf(spec.Digest)];
    }

    /// <summary>The files that are closed and hashed, by path; all but the manifest after the last text.</summary>
    public IReadOnlyList<ManifestFile> Files => _files;

    /// <param name="folder">An empty folder.</param>
    /// <param name="spec">What the data set was made to.</param>
    public static async Task<SealedDatasetWriter> CreateAsync(string folder, ResolvedSpec spec, CancellationToken cancellation)
    {
        foreach (var inner in new[] { ShardNaming.Folder, TableNames.ExtraFolder })
            Directory.CreateDirectory(Path.Combine(folder, inner));
        return new SealedDatasetWriter(
            folder, spec,
            await ParquetTableWriter<PairRecord>.CreateAsync(folder, PairTableSchema.Instance, cancellation),
            await ParquetTableWriter<RunRecord>.CreateAsync(folder, RunTableSchema.Instance, cancellation),
            await ParquetTableWriter<RejectRecord>.CreateAsync(folder, RejectTableSchema.Instance, cancellation));
    }

    /// <summary>Adds a pair; pairs come by rising index. Each split has one shard open at a time.</summary>
    /// <param name="record">The first byte of its image is filled in here.</param>
    public async Task AddPairAsync(PairRecord record, ShardMembers members, RunRecord run)
    {
        _leaves.Add(record.ToLeaf());
        var offset = OpenShard(record).Add(_naming.KeyOf(record.Split, record.Index), members);
        await _pairs.AddAsync(record with { ImageOffset = offset });
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
    public Task WriteTextAsync(string name, string text, CancellationToken cancellation) =>
        WriteBytesAsync(name, _utf8.GetBytes(text), cancellation);

    /// <summary>
    /// Signs the set: a manifest beside each shard, the balance certificate, and its signature. The shards must be hashed; the same key
    /// and set give the same bytes.
    /// </summary>
    /// <param name="completed">When the last pair was done.</param>
    public async Task SignAsync(string root, JsonArray engines, JsonObject figures, DateTimeOffset completed, SigningIdentity identity,
        CancellationToken cancellation)
    {
        var generator = _spec.Image.Generator;
        foreach (var shard in _files.Where(f => _naming.IsShard(f.Path)).ToList())
        {
            var claim = new ManifestClaim(
                $"{root}|{shard.Path}", Path.GetFileName(shard.Path), generator.Name, generator.Version, completed);
            var store = ManifestWriter.SignBeside(Convert.FromHexString(shard.Sha256), claim, identity);
            await WriteBytesAsync(ShardNaming.SidecarOf(shard.Path), store, cancellation);
        }

        var certificate = BalanceCertificate.Create(_spec, _spec.Digest, root, engines, figures, completed);
        await WriteBytesAsync(BalanceCertificate.FileName, certificate, cancellation);
        await WriteBytesAsync(BalanceCertificate.SignatureFileName, CoseSigner.Sign(identity, certificate), cancellation);
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

    private ShardWriter OpenShard(PairRecord record)
    {
        if (_shards.TryGetValue(record.Split, out var open) && open.Number == record.Shard)
            return open.Writer;
        open.Writer?.Dispose();
        var writer = new ShardWriter(Path.Combine(_folder, _naming.PathOf(record.Split, record.Shard)));
        _shards[record.Split] = (record.Shard, writer);
        return writer;
    }

    private async Task WriteBytesAsync(string path, byte[] bytes, CancellationToken cancellation)
    {
        await using var file = new FileStream(Path.Combine(_folder, path), FileMode.CreateNew);
        await file.WriteAsync(bytes, cancellation);
        file.Flush(flushToDisk: true);
    }

    private async Task CloseTablesAsync()
    {
        if (_tablesClosed)
            return;
        _tablesClosed = true;
        foreach (var (_, writer) in _shards.Values)
            writer.Dispose();
        await _pairs.DisposeAsync();
        await _runs.DisposeAsync();
        await _rejects.DisposeAsync();
    }
}
