using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A file of a sealed data set, as the manifest lists it.</summary>
public sealed record ManifestFile(string Path, long Size, string Sha256);

/// <summary>
/// <c>manifest.json</c>: canonical JSON whose last member is the SHA-256 of the rest. It names every file, the root, the
/// spec that the root covers, and the engines that the bytes came from.
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

    /// <summary>Fingerprints of the engines, as the services declared them.</summary>
    public JsonArray Engines => _json["engines"]!.AsArray();

    /// <summary>What the card tells in words: attempts, refusals, evenness, the share of findings that the generator can draw.</summary>
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
    /// <exception cref="InvalidDataException">It is missing, or not what was written.</exception>
    public static DatasetManifest Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? Parse(folder, File.ReadAllBytes(path))
            : throw new InvalidDataException($"{FileName}: is missing; {folder} is no sealed data set");
    }

    /// <summary>Checks the bytes of a manifest that was read from <paramref name="folder"/>.</summary>
    /// <exception cref="InvalidDataException">They are not what was written.</exception>
    internal static DatasetManifest Parse(string folder, byte[] bytes)
    {
        JsonObject json;
        try
        {
            json = JsonNode.Parse(new UTF8Encoding(false, true).GetString(bytes))!.AsObject();
            if (!CanonicalJson.Write(json).AsSpan().SequenceEqual(bytes))
                throw new InvalidDataException("is not canonical");
            var hash = json[SelfHash]!.GetValue<string>();
            json.Remove(SelfHash);
            if (Sha256Digest.HexOf(CanonicalJson.Write(json)) != hash)
                throw new InvalidDataException("does not match its own hash");
            if (json["format"]!.GetValue<string>() != Format)
                throw new InvalidDataException("has another format");
        }
        catch (Exception error) when (error is not IOException)
        {
            throw new InvalidDataException(
                $"{FileName}: {(error is InvalidDataException ? error.Message : "was changed: " + error.Message)}", error);
        }

        return new DatasetManifest(folder, json, bytes);
    }

    internal static void Write(string folder, string root, string specDigest, ResolvedSpec spec, string enginesJson, JsonObject figures,
        IEnumerable<ManifestFile> files)
    {
        var json = new JsonObject
        {
            ["format"] = Format,
            ["root"] = root,
            ["spec_digest"] = specDigest,
            ["spec"] = JsonNode.Parse(spec.ToCanonicalJson()),
            ["engines"] = JsonNode.Parse(enginesJson),
            ["figures"] = figures,
            ["files"] = new JsonArray(
            [
                .. files.OrderBy(f => f.Path, StringComparer.Ordinal)
                    .Select(f => (JsonNode)new JsonObject { ["path"] = f.Path, ["size_bytes"] = f.Size, ["sha256"] = f.Sha256 }),
            ]),
        };
        json[SelfHash] = Sha256Digest.HexOf(CanonicalJson.Write(json));
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.Create);
        file.Write(CanonicalJson.Write(json));
        file.Flush(flushToDisk: true);
    }

    private string Text(string name) => _json[name]!.GetValue<string>();
}
