using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SynCxr.Mesh.Testkit.Sealed;

/// <summary>
/// Writes manifests that match their own hash whatever they say, as somebody would who changes a sealed set and wants it to pass. Its
/// canonical JSON is enough for texts of ASCII and numbers that were canonical before.
/// </summary>
public static class ManifestForger
{
    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The manifest of <see cref="SealedSetFixture"/> without its hash.</summary>
    public static JsonObject ReadOriginal()
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(SealedSetFixture.Folder, "manifest.json")))!.AsObject();
        json.Remove("~sha256");
        return json;
    }

    /// <summary>The bytes of a manifest with its hash.</summary>
    public static byte[] Write(JsonObject json)
    {
        json["~sha256"] = HexOf(WriteCanonical(json));
        return WriteCanonical(json);
    }

    /// <summary>Changes the manifest of a copy.</summary>
    public static void Change(ScratchFolder copy, Action<JsonObject> change)
    {
        var json = ReadOriginal();
        change(json);
        File.WriteAllBytes(copy["manifest.json"], Write(json));
    }

    /// <summary>Adds a file to a copy, or gives one another content, and lists it where it belongs.</summary>
    public static void AddFile(ScratchFolder copy, string path, byte[] bytes)
    {
        File.WriteAllBytes(copy[path], bytes);
        Change(copy, json => json["files"] = new JsonArray([.. json["files"]!.AsArray().Select(f => f!.DeepClone())
            .Append(CreateEntry(path, bytes)).OrderBy(f => f["path"]!.GetValue<string>(), StringComparer.Ordinal)]));
    }

    /// <summary>Deletes a file of a copy, and takes it off the list.</summary>
    public static void RemoveFile(ScratchFolder copy, string path)
    {
        File.Delete(copy[path]);
        Change(copy, json => json["files"]!.AsArray().RemoveAll(f => f!["path"]!.GetValue<string>() == path));
    }

    /// <summary>Gives the manifest of a copy the sizes and digests that its files have now.</summary>
    public static void ListFilesAnew(ScratchFolder copy) => Change(copy, json => UpdateFiles(copy, json));

    /// <summary>
    /// Changes the spec of a copy, and gives the manifest its digest and those of the files, and the shards the names of the new digest.
    /// </summary>
    public static void ChangeSpec(ScratchFolder copy, Action<JsonObject> change) => Change(copy, json =>
    {
        change(json["spec"]!.AsObject());
        var digest = HexOf(WriteCanonical(json["spec"]!));
        var shards = json["files"]!.AsArray().Where(f => f!["path"]!.GetValue<string>().StartsWith("data/", StringComparison.Ordinal));
        foreach (var file in shards)
        {
            var path = file!["path"]!.GetValue<string>();
            var renamed = path.Replace(json["spec_digest"]!.GetValue<string>()[..16], digest[..16], StringComparison.Ordinal);
            File.Move(copy[path], copy[renamed]);
            file["path"] = renamed;
        }

        json["spec_digest"] = digest;
        UpdateFiles(copy, json);
    });

    public static JsonObject CreateEntry(string path, byte[] bytes) =>
        new() { ["path"] = path, ["size_bytes"] = bytes.Length, ["sha256"] = HexOf(bytes) };

    private static void UpdateFiles(ScratchFolder copy, JsonObject json)
    {
        var paths = json["files"]!.AsArray().Select(f => f!["path"]!.GetValue<string>());
        json["files"] = new JsonArray([.. paths.Select(p => CreateEntry(p, File.ReadAllBytes(copy[p])))]);
    }

    private static byte[] WriteCanonical(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(Sort(json), _plain);

    private static JsonNode? Sort(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(
            members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sort(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sort)]),
        _ => node?.DeepClone(),
    };

    private static string HexOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
