using System.Collections;
using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Parquet.Serialization;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A pair of a sealed data set, without its picture.</summary>
public sealed record SealedPair(long Index, int Shard, string PixelsSha256, IReadOnlyList<string> Entities, string Findings,
    string Impression)
{
    /// <summary>IMPRESSION, then FINDINGS.</summary>
    public string Report => string.Join(' ', new[] { Impression, Findings }.Where(t => t.Length > 0));
}

/// <summary>
/// A sealed data set on disk, read after it was held against its root: the manifest against its own hash, every file against the manifest,
/// and the Merkle root anew from spec and rows. Pictures are read shard by shard, each held against its row.
/// </summary>
public sealed class SealedDataset
{
    private const string ManifestFile = "manifest.json", SelfHash = "~sha256", Format = "syncxr.manifest/1", Rows = "metadata.parquet";

    /// <summary>Columns that depend on how PNG files are packed; the root is taken with these values in their place.</summary>
    private static readonly Dictionary<string, Func<JsonNode>> Unsealed = new(StringComparer.Ordinal)
    {
        ["image_sha256"] = () => JsonValue.Create("")!,
        ["offset"] = () => JsonValue.Create(0),
        ["image_size"] = () => JsonValue.Create(0),
    };

    private readonly string _folder, _field;

    private SealedDataset(string folder, string field, string root, IReadOnlyList<SealedPair> pairs)
    {
        (_folder, _field, Root, Pairs) = (folder, field, root, pairs);
        Shards = [.. pairs.GroupBy(p => p.Shard).OrderBy(g => g.Key).Select(g => (IReadOnlyList<SealedPair>)[.. g])];
    }

    public string Root { get; }

    /// <summary>By index.</summary>
    public IReadOnlyList<SealedPair> Pairs { get; }

    /// <summary>The pairs of each shard, as they lie in it.</summary>
    public IReadOnlyList<IReadOnlyList<SealedPair>> Shards { get; }

    /// <exception cref="MeshException">INVALID_FIELD: the folder is no sealed data set, or not as it was sealed.</exception>
    public static async Task<SealedDataset> OpenAsync(string folder, string field, CancellationToken cancellation)
    {
        var (root, spec, files) = Manifest(folder, field);
        foreach (var (path, sha256) in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var file = Path.Combine(folder, path);
            if (!File.Exists(file) || Sha256Digest.HexOfFile(file) != sha256)
                throw MeshException.Invalid(field, $"'{folder}' does not verify: {path} is missing or was changed");
        }

        await using var table = File.OpenRead(Path.Combine(folder, Rows));
        var rows = (await ParquetSerializer.DeserializeUntypedAsync(table, cancellationToken: cancellation)).Data;
        var leaves = rows.Select(r => new ReadOnlyMemory<byte>(CanonicalJson.Write(Leaf(r))))
            .Prepend(Encoding.UTF8.GetBytes("spec|" + Sha256Digest.HexOf(CanonicalJson.Write(spec))));
        if (Sha256Digest.MerkleRoot([.. leaves]) != root)
            throw MeshException.Invalid(field, $"'{folder}' does not verify: its rows do not give the root {root}");
        return new SealedDataset(folder, field, root, [.. rows.Select(Pair)]);
    }

    /// <summary>The pictures of a shard, in the order of <see cref="Shards"/>.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a picture is not the one of its row.</exception>
    public IEnumerable<(SealedPair Pair, byte[] Png, GrayImage Picture)> Read(int shard)
    {
        var path = FormattableString.Invariant($"data/shard-{Shards[shard][0].Shard:000000}.tar");
        using var file = File.OpenRead(Path.Combine(_folder, path));
        using var tar = new TarReader(file);
        foreach (var pair in Shards[shard])
        {
            var name = FormattableString.Invariant($"{pair.Index:000000}.png");
            TarEntry? entry;
            do
                entry = tar.GetNextEntry();
            while (entry is not null && entry.Name != name);
            using var png = new MemoryStream();
            entry?.DataStream?.CopyTo(png);
            var picture = ImageCodec.DecodeGray(png.ToArray(), $"{_field}: {path}: {name}");
            if (Sha256Digest.HexOf(picture.Pixels) != pair.PixelsSha256)
                throw MeshException.Invalid(_field, $"'{_folder}' does not verify: {name} in {path} is not the picture that was sealed");
            yield return (pair, png.ToArray(), picture);
        }
    }

    private static (string Root, JsonNode Spec, IReadOnlyList<(string Path, string Sha256)> Files) Manifest(string folder, string field)
    {
        var file = Path.Combine(folder, ManifestFile);
        if (!File.Exists(file))
            throw MeshException.Invalid(field, $"'{folder}' is no sealed data set: it has no {ManifestFile}");
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(file))!.AsObject();
            var hash = (string?)json[SelfHash];
            json.Remove(SelfHash);
            if (Sha256Digest.HexOf(CanonicalJson.Write(json)) != hash || (string?)json["format"] != Format)
                throw MeshException.Invalid(field, $"'{folder}' does not verify: {ManifestFile} was changed, or is of another format");
            return ((string)json["root"]!, json["spec"]!,
                [.. json["files"]!.AsArray().Select(f => ((string)f!["path"]!, (string)f["sha256"]!))]);
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException or ArgumentNullException)
        {
            throw MeshException.Invalid(field, $"'{folder}' does not verify: {ManifestFile} was changed: {error.Message}");
        }
    }

    private static JsonObject Leaf(IDictionary<string, object> row)
    {
        var leaf = new JsonObject();
        foreach (var (column, value) in row)
            leaf[column] = Unsealed.TryGetValue(column, out var made) ? made() : ToJson(value);
        return leaf;
    }

    private static JsonNode ToJson(object value) => value switch
    {
        string text => JsonValue.Create(text)!,
        ReadOnlyMemory<char> text => JsonValue.Create(text.ToString())!,
        long or int => JsonValue.Create(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)),
        double real => JsonValue.Create(real),
        bool flag => JsonValue.Create(flag),
        IEnumerable list => new JsonArray([.. list.Cast<object>().Select(ToJson)]),
        _ => throw new InvalidDataException($"{Rows}: a value of type {value.GetType().Name} is not expected"),
    };

    private static SealedPair Pair(IDictionary<string, object> row) => new(
        (long)row["index"], (int)row["shard"], (string)row["pixels_sha256"],
        [.. ((IEnumerable)row["entities"]).Cast<object>().Select(e => e.ToString()!)], (string)row["findings"], (string)row["impression"]);
}
