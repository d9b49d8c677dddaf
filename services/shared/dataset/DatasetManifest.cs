using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A file of a sealed data set, as the manifest lists it.</summary>
/// <param name="Path">In the data set's folder, with <c>/</c>.</param>
/// <param name="Size">In bytes.</param>
public sealed record ManifestFile(string Path, long Size, string Sha256);

/// <summary>
/// <c>manifest.json</c>: canonical JSON whose last member is the SHA-256 of the rest. It lists every file, the Merkle root, the spec that
/// the root covers, and the engines that made the bytes.
/// </summary>
public sealed class DatasetManifest
{
    /// <summary>Its file name.</summary>
    public const string FileName = "manifest.json";

    private const string Format = "syncxr.manifest/1";
    private const string SelfHash = "~sha256";
    private readonly JsonObject _json;
    private readonly byte[] _bytes;

    private DatasetManifest(string folder, JsonObject json, byte[] bytes)
    {
        Folder = folder;
        _json = json;
        _bytes = bytes;
    }

    /// <summary>Absolute path of the data set, or its address in a bucket.</summary>
    public string Folder { get; }

    /// <summary>Merkle root.</summary>
    public string Root => Text("root");

    /// <summary>SHA-256 of the canonical spec.</summary>
    public string SpecDigest => Text("spec_digest");

    /// <summary>The spec that the digest is taken of.</summary>
    public ResolvedSpec Spec => ResolvedSpec.Parse(_json["spec"]!.ToJsonString());

    /// <summary>SHA-256 of the spec as it stands here; equal to <see cref="SpecDigest"/> in an intact manifest.</summary>
    public string ComputeSpecDigest() => Sha256Digest.HexOf(CanonicalJson.Write(_json["spec"]));

    /// <summary>Fingerprints of the engines, as the services declared them.</summary>
    public JsonArray Engines => _json["engines"]!.AsArray();

    /// <summary>
    /// What the card says in words: attempts, rejections, how evenly entities are used, the share of findings that the generator can
    /// render.
    /// </summary>
    public JsonObject Figures => _json["figures"]!.AsObject();

    /// <summary>Every file but the manifest, by path.</summary>
    public IReadOnlyList<ManifestFile> Files =>
        [.. _json["files"]!.AsArray()
            .Select(f => new ManifestFile(f!["path"]!.GetValue<string>(), f["size_bytes"]!.GetValue<long>(),
                f["sha256"]!.GetValue<string>()))];

    /// <summary>Every file, the manifest last.</summary>
    public IEnumerable<ManifestFile> FilesWithManifest() =>
        [.. Files, new ManifestFile(FileName, _bytes.Length, Sha256Digest.HexOf(_bytes))];

    /// <summary>Reads and checks the manifest of a folder.</summary>
    /// <exception cref="SealedDatasetException">The manifest is missing, or not as it was written.</exception>
    public static DatasetManifest Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Parse(folder, File.ReadAllBytes(path)) : throw Missing(folder);
    }

    /// <summary>The error for a folder or bucket prefix without a manifest.</summary>
    public static SealedDatasetException Missing(string folder) => new(folder, new SealedFileProblem(FileName, "is missing"));

    /// <summary>Checks the bytes of a manifest that was read from <paramref name="folder"/>.</summary>
    /// <exception cref="SealedDatasetException">They are not as they were written.</exception>
    public static DatasetManifest Parse(string folder, byte[] bytes)
    {
        try
        {
            var json = JsonNode.Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes))!.AsObject();
            if (!CanonicalJson.Write(json).AsSpan().SequenceEqual(bytes))
                throw Changed("was changed: it is not canonical JSON");
            var hash = json[SelfHash]!.GetValue<string>();
            json.Remove(SelfHash);
            if (Sha256Digest.HexOf(CanonicalJson.Write(json)) != hash)
                throw Changed("was changed: it does not match its own SHA-256");
            if (json["format"]!.GetValue<string>() is var format && format != Format)
                throw Changed($"is of the format '{format}', where '{Format}' can be read");
            return new DatasetManifest(folder, json, bytes);
        }
        catch (Exception error) when (error is not SealedDatasetException)
        {
            throw Changed($"was changed: {error.Message}", error);
        }

        SealedDatasetException Changed(string problem, Exception? inner = null) =>
            new(folder, new SealedFileProblem(FileName, problem), inner);
    }

    /// <summary>Writes the manifest of a folder that holds every file but this one.</summary>
    /// <param name="engines">Fingerprints of the engines.</param>
    /// <param name="figures">What the card says in words.</param>
    internal static void Write(
        string folder, string root, ResolvedSpec spec, JsonNode? engines, JsonNode? figures, IEnumerable<ManifestFile> files)
    {
        var listed = files.OrderBy(f => f.Path, StringComparer.Ordinal)
            .Select(f => (JsonNode)new JsonObject { ["path"] = f.Path, ["size_bytes"] = f.Size, ["sha256"] = f.Sha256 });
        var json = new JsonObject
        {
            ["format"] = Format,
            ["root"] = root,
            ["spec_digest"] = spec.Digest,
            ["spec"] = JsonNode.Parse(spec.ToCanonicalJson()),
            ["engines"] = engines,
            ["figures"] = figures,
            ["files"] = new JsonArray([.. listed]),
        };
        json[SelfHash] = Sha256Digest.HexOf(CanonicalJson.Write(json));
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.Create);
        file.Write(CanonicalJson.Write(json));
        file.Flush(flushToDisk: true);
    }

    private string Text(string name) => _json[name]!.GetValue<string>();
}
