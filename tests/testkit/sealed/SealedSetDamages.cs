using System.Text.Json;
using System.Text.Json.Nodes;

namespace SynCxr.Mesh.Testkit.Sealed;

/// <summary>
/// Eight ways in which a copy of <see cref="SealedSetFixture"/> is damaged. Verifier, trainer and evaluator are each held to the same
/// answer for all of them.
/// </summary>
public static class SealedSetDamages
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    private static readonly Dictionary<string, (string File, Action<ScratchFolder> Apply)> _known = new(StringComparer.Ordinal)
    {
        ["extra file"] = ("data/notes.txt", copy => File.WriteAllText(copy["data/notes.txt"], "seen\n")),
        ["missing file"] = ("vocabulary.tsv", copy => File.Delete(copy["vocabulary.tsv"])),
        ["re-indented manifest"] = ("manifest.json", copy => File.WriteAllText(
            copy["manifest.json"], JsonNode.Parse(File.ReadAllText(copy["manifest.json"]))!.ToJsonString(_indented))),
        ["changed README"] = ("README.md", copy => File.AppendAllText(copy["README.md"], "Seen.\n")),
        ["changed byte in a shard"] = (SealedSetFixture.SecondShard, copy => FlipByte(copy[SealedSetFixture.SecondShard])),
        ["changed byte in the table"] = ("metadata.parquet", copy => FlipByte(copy["metadata.parquet"])),
        ["swapped shards"] = (SealedSetFixture.FirstShard, SwapShards),
        // Of its list, README.md is the first file that it does not describe.
        ["manifest of another set"] = ("README.md",
            copy => File.Copy(SealedSetFixture.OtherManifest, copy["manifest.json"], overwrite: true)),
    };

    public static IReadOnlyCollection<string> Names => _known.Keys;

    /// <summary>Makes a copy with the damage of that name.</summary>
    /// <returns>The copy, and the file that is to be named first.</returns>
    public static (ScratchFolder Copy, string File) Make(string name)
    {
        var (file, apply) = _known[name];
        var copy = SealedSetFixture.Copy();
        apply(copy);
        return (copy, file);
    }

    public static void SwapShards(ScratchFolder copy)
    {
        File.Move(copy[SealedSetFixture.FirstShard], copy["data/other"]);
        File.Move(copy[SealedSetFixture.SecondShard], copy[SealedSetFixture.FirstShard]);
        File.Move(copy["data/other"], copy[SealedSetFixture.SecondShard]);
    }

    /// <summary>Changes one bit in the middle of a file and leaves its length.</summary>
    private static void FlipByte(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
