using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.SealedDatasets.Splits;

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

    private const string Format = "syncxr.manifest/2";
    /// <summary>The format before this one, whose verdicts named training images.</summary>
    private const string FormatWithNames = "syncxr.manifest/1";

    private const string FormatWithNamesProblem = $"is of the format '{FormatWithNames}', not '{Format}'. Its verdicts may hold names of "
        + "training images, which can name patients: keep it to yourself, and make the data set anew from its spec.yaml";

    private const string SelfHash = "~sha256";
    private static readonly JsonDocumentOptions _uniqueNames = new() { AllowDuplicateProperties = false };
    private readonly JsonObject _json;
    private readonly byte[] _bytes;

    private DatasetManifest(string folder, JsonObject json, byte[] bytes)
    {
        Folder = folder;
        _json = json;
        _bytes = bytes;
        Spec = ResolvedSpec.Parse(json["spec"]!.ToJsonString());
        Files = [.. json["files"]!.AsArray().Select(f => new ManifestFile(
            f!["path"]!.GetValue<string>(), f["size_bytes"]!.GetValue<long>(), f["sha256"]!.GetValue<string>()))];
    }

    /// <summary>Absolute path of the data set, or its address in a bucket.</summary>
    public string Folder { get; }

    /// <summary>Merkle root.</summary>
    public string Root => Text("root");

    /// <summary>SHA-256 of the canonical spec.</summary>
    public string SpecDigest => Text("spec_digest");

    /// <summary>Names of its shards and their members.</summary>
    public ShardNaming Naming => new(SpecDigest, Spec.Splits is not null);

    /// <summary>The spec that the digest is taken of.</summary>
    public ResolvedSpec Spec { get; }

    /// <summary>SHA-256 of the spec as it stands here; equal to <see cref="SpecDigest"/> in an intact manifest.</summary>
    public string ComputeSpecDigest() => Sha256Digest.HexOf(CanonicalJson.Write(_json["spec"]));

    /// <summary>Fingerprints of the engines, as the services declared them.</summary>
    public JsonArray Engines => _json["engines"]!.AsArray();

    /// <summary>
    /// What the card says in words: attempts, rejections, how evenly entities are used, the share of findings that the generator can
    /// render.
    /// </summary>
    public JsonObject Figures => _json["figures"]!.AsObject();

    /// <summary>How the images came to be, an address of IPTC's list; null in a set whose pictures have no marks.</summary>
    public string? DigitalSourceType => _json["digital_source_type"]?.GetValue<string>();

    /// <summary>Every file but the manifest, by path.</summary>
    public IReadOnlyList<ManifestFile> Files { get; }

    /// <summary>Every file, the manifest last.</summary>
    public IEnumerable<ManifestFile> FilesWithManifest() =>
        [.. Files, new ManifestFile(FileName, _bytes.Length, Sha256Digest.HexOf(_bytes))];

    /// <summary>Whether the folder has a manifest: one without is no sealed data set, whatever else it holds.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads and checks the manifest of a folder.</summary>
    /// <exception cref="SealedDatasetException">The manifest is missing, or not as it was written.</exception>
    public static DatasetManifest Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (!IsIn(folder))
            throw Missing(folder);
        var file = new FileInfo(Path.Combine(folder, FileName));
        return file.LinkTarget is null
            ? Parse(folder, File.ReadAllBytes(file.FullName))
            : throw new SealedDatasetException(folder, new SealedFileProblem(FileName, SealedFileProblem.IsLink));
    }

    /// <summary>The error for a folder or bucket prefix without a manifest.</summary>
    public static SealedDatasetException Missing(string folder) => SealedDatasetException.NotSealed(folder);

    /// <summary>Checks the bytes of a manifest that was read from <paramref name="folder"/>.</summary>
    /// <exception cref="SealedDatasetException">They are not as they were written.</exception>
    public static DatasetManifest Parse(string folder, byte[] bytes)
    {
        var json = ParseCanonical(folder, bytes);
        if (json[SelfHash] is not JsonValue hash || hash.GetValueKind() != JsonValueKind.String)
            throw Wrong(folder, $"has no text in '{SelfHash}', where its own SHA-256 must stand");
        json.Remove(SelfHash);
        if (Sha256Digest.HexOf(CanonicalJson.Write(json)) != hash.GetValue<string>())
            throw Wrong(folder, "was changed: it does not match its own SHA-256");
        // Another format may have any other member, so it is named before they are looked at.
        if (json["format"] is JsonValue format && format.GetValueKind() == JsonValueKind.String && format.GetValue<string>() != Format)
            throw Wrong(folder, format.GetValue<string>() == FormatWithNames
                ? FormatWithNamesProblem : $"is of another format than '{Format}', the one that can be read");
        if (ManifestSchema.Manifest.FindProblem(json, "") is { } memberProblem)
            throw Wrong(folder, memberProblem);
        var manifest = new DatasetManifest(folder, json, bytes);
        if (manifest.Spec.Splits is { } splits && !SplitAssigner.CanBeMet(splits))
            throw Wrong(folder, "has shares in 'spec.splits' that are not from 0 to 1 or do not add up to 1");
        return ManifestFileList.FindProblem(manifest.Files, manifest.Naming) is { } listProblem
            ? throw Wrong(folder, listProblem) : manifest;
    }

    /// <summary>Writes the manifest of a folder that holds every file but this one.</summary>
    /// <param name="engines">Fingerprints of the engines.</param>
    /// <param name="figures">What the card says in words.</param>
    /// <exception cref="SealedDatasetException">A file or a member is missing, or is of another form than the format has it.</exception>
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
            ["digital_source_type"] = DigitalSourceTypes.TrainedAlgorithmicMedia,
            ["files"] = new JsonArray([.. listed]),
        };
        json[SelfHash] = Sha256Digest.HexOf(CanonicalJson.Write(json));
        var bytes = CanonicalJson.Write(json);
        Parse(folder, bytes); // What no reader would take is not written.
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.Create);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    private static JsonObject ParseCanonical(string folder, byte[] bytes)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            if (JsonNode.Parse(text, documentOptions: _uniqueNames) is not JsonObject json)
                throw Wrong(folder, "was changed: it is not a JSON object");
            return CanonicalJson.Write(json).AsSpan().SequenceEqual(bytes)
                ? json : throw Wrong(folder, "was changed: it is not canonical JSON");
        }
        catch (JsonException error)
        {
            throw Wrong(folder, error.LineNumber is null
                ? "was changed: it has a member twice" : string.Create(CultureInfo.InvariantCulture,
                $"was changed: it is not JSON from line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1} on"), error);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // Bytes that are not UTF-8, half a character in a text, or a number that no double holds.
            throw Wrong(folder, "was changed: it is not canonical JSON", error);
        }
    }

    private static SealedDatasetException Wrong(string folder, string problem, Exception? inner = null) =>
        new(folder, new SealedFileProblem(FileName, problem), inner);

    private string Text(string name) => _json[name]!.GetValue<string>();
}
