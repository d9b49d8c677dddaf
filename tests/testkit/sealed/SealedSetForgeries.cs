using System.Formats.Tar;
using System.Text.Json.Nodes;

namespace SynCxr.Mesh.Testkit.Sealed;

/// <summary>
/// Changed copies of <see cref="SealedSetFixture"/> whose manifest lists the changed files and matches its own hash, with what every reader
/// must say of each first.
/// </summary>
public static class SealedSetForgeries
{
    private static readonly Dictionary<string, (string Problem, Action<ScratchFolder> Apply)> _known = new(StringComparer.Ordinal)
    {
        ["other vocabulary"] = (
            "vocabulary.tsv was changed: its SHA-256 is not the draw.vocabulary_digest of the spec in the manifest",
            copy => Rewrite(copy, "vocabulary.tsv", text => text.Replace("advantage", "disadvantage", StringComparison.Ordinal))),
        ["malformed vocabulary"] = (
            "vocabulary.tsv is malformed in line 3: 7 columns wanted, 1 found",
            copy => Rewrite(copy, "vocabulary.tsv", text => string.Join('\n', text.Split('\n').Select((l, i) => i == 2 ? "x" : l)))),
        ["pairs as a word"] = (
            "manifest.json has a text in 'spec.pairs', where an integer from 1 to 9007199254740991 must stand",
            copy => ManifestForger.ChangeSpec(copy, spec => spec["pairs"] = "eight")),
        ["no list of files"] = (
            "manifest.json has no member 'files'", copy => ManifestForger.Change(copy, json => json.Remove("files"))),
        ["list of files is null"] = (
            "manifest.json has null in 'files', where an array must stand",
            copy => ManifestForger.Change(copy, json => json["files"] = null)),
        ["unknown member"] = (
            "manifest.json has the member 'spec.draw.luck', which the format does not know",
            copy => ManifestForger.ChangeSpec(copy, spec => spec["draw"]!["luck"] = 1)),
        ["path above the folder"] = (
            "manifest.json has a wrong path in 'files[0].path': is not the path of a file in the folder",
            copy => AddEntry(copy, 0, "../secret")),
        ["absolute path"] = (
            "manifest.json has a wrong path in 'files[0].path': is not the path of a file in the folder",
            copy => AddEntry(copy, 0, "/etc/hostname")),
        ["path listed twice"] = (
            "manifest.json has a wrong path in 'files[2].path': is listed twice", copy => AddEntry(copy, 1, "README.md")),
        ["files out of order"] = (
            "manifest.json has a wrong path in 'files[9].path': is out of order", copy => AddEntry(copy, 9, "NOTICE")),
        ["manifest lists itself"] = (
            "manifest.json has a wrong path in 'files[7].path': a manifest can't list itself",
            copy => AddEntry(copy, 7, "manifest.json")),
        ["required file absent"] = (
            "manifest.json does not list 'extra/rejects.parquet', which every sealed data set has",
            copy => ManifestForger.RemoveFile(copy, SealedSetFixture.Rejects)),
        ["shard absent"] = (
            $"manifest.json does not list '{SealedSetFixture.SecondShard}', which pairs of metadata.parquet lie in",
            copy => ManifestForger.RemoveFile(copy, SealedSetFixture.SecondShard)),
        ["shard too many"] = (
            "manifest.json has a wrong path in 'files[5].path': is a shard that no pair of metadata.parquet lies in",
            copy => ManifestForger.AddFile(
                copy, SealedSetFixture.SecondShard.Replace("000001", "000002", StringComparison.Ordinal), "seen"u8.ToArray())),
        ["shard of another set"] = (
            "manifest.json has a wrong path in 'files[3].path': is no shard of its spec",
            copy => ManifestForger.AddFile(copy, "data/shard-0123456789abcdef-000000.tar", "seen"u8.ToArray())),
        ["splits that are not 1"] = (
            "manifest.json has shares in 'spec.splits' that are not from 0 to 1 or do not add up to 1",
            copy => ManifestForger.ChangeSpec(copy, spec => spec["splits"] = Splits("share", 0.5, 0.25, 0.5))),
        ["splits that the rows lack"] = (
            "manifest.json has a wrong path in 'files[3].path': is no shard of its spec",
            copy => ManifestForger.ChangeSpec(copy, spec => spec["splits"] = Splits("share", 0.5, 0.25, 0.25))),
        ["fewer rows than pairs"] = (
            "metadata.parquet has 4 rows, where the spec in the manifest has 3 pairs",
            copy => ManifestForger.ChangeSpec(copy, spec => spec["pairs"] = 3)),
        ["pairs as garbage"] = ("metadata.parquet cannot be read as Parquet", copy => Garble(copy, "metadata.parquet")),
        ["rejects as garbage"] = ("extra/rejects.parquet cannot be read as Parquet", copy => Garble(copy, SealedSetFixture.Rejects)),
        ["runs as garbage"] = ("extra/run.parquet cannot be read as Parquet", copy => Garble(copy, SealedSetFixture.Runs)),
        ["another table"] = (
            "extra/rejects.parquet has column 'tenant' at position 2, where the format has 'attempt'",
            copy => Replace(copy, SealedSetFixture.Rejects, File.ReadAllBytes(copy[SealedSetFixture.Runs]))),
        ["shard as garbage"] = (
            $"{SealedSetFixture.FirstShard} was changed: it is not a tar file", copy => Garble(copy, SealedSetFixture.FirstShard)),
        ["shard cut in a header"] = (
            $"{SealedSetFixture.FirstShard} was changed: it cannot be read as a tar file after its member '000000.json'",
            copy => Cut(copy, StartOfSecondPair() + 100)),
        ["shard cut in a member"] = (
            $"{SealedSetFixture.FirstShard} was changed: it ends in the middle of its member '000000.png'", copy => Cut(copy, 1000)),
        ["shard without its last pair"] = (
            $"{SealedSetFixture.FirstShard} was changed: it ends before pair 1", copy => Cut(copy, StartOfSecondPair())),
        ["shard that goes on"] = (
            $"{SealedSetFixture.FirstShard} was changed: it goes on with pair '000002' after its last", Append),
    };

    public static IReadOnlyCollection<string> Names => _known.Keys;

    /// <summary>Makes a copy with the forgery of that name.</summary>
    /// <returns>The copy, and the sentence, which begins with the file.</returns>
    public static (ScratchFolder Copy, string Problem) Make(string name)
    {
        var (problem, apply) = _known[name];
        var copy = SealedSetFixture.Copy();
        apply(copy);
        return (copy, problem);
    }

    private static void Rewrite(ScratchFolder copy, string file, Func<string, string> change)
    {
        File.WriteAllText(copy[file], change(File.ReadAllText(copy[file])));
        ManifestForger.ListFilesAnew(copy);
    }

    private static void Replace(ScratchFolder copy, string file, byte[] bytes)
    {
        File.WriteAllBytes(copy[file], bytes);
        ManifestForger.ListFilesAnew(copy);
    }

    /// <summary>Parquet files keep their marks, so that the parser goes on to what lies between.</summary>
    private static void Garble(ScratchFolder copy, string file)
    {
        var bytes = File.ReadAllBytes(copy[file]);
        for (var i = 4; i < bytes.Length - 8; i++)
            bytes[i] = (byte)((i * 37) ^ (i >> 3));
        Replace(copy, file, bytes);
    }

    private static void Cut(ScratchFolder copy, int length) =>
        Replace(copy, SealedSetFixture.FirstShard, File.ReadAllBytes(copy[SealedSetFixture.FirstShard])[..length]);

    /// <summary>The pairs of the second shard behind those of the first, in place of its two blocks of zeros.</summary>
    private static void Append(ScratchFolder copy) => Replace(copy, SealedSetFixture.FirstShard,
        [.. File.ReadAllBytes(copy[SealedSetFixture.FirstShard])[..^1024], .. File.ReadAllBytes(copy[SealedSetFixture.SecondShard])]);

    /// <summary>Where the first member of the second pair begins, with its header.</summary>
    private static int StartOfSecondPair()
    {
        using var tar = new TarReader(File.OpenRead(Path.Combine(SealedSetFixture.Folder, SealedSetFixture.FirstShard)));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name == "000001.png")
                return (int)entry.DataOffset - 512;
        }

        throw new InvalidOperationException("The first shard of the checked-in set has no second pair.");
    }

    private static JsonObject Splits(string by, double train, double valid, double test) =>
        new() { ["by"] = by, ["train"] = train, ["valid"] = valid, ["test"] = test };

    private static void AddEntry(ScratchFolder copy, int index, string path) => ManifestForger.Change(
        copy, json => json["files"]!.AsArray().Insert(index, ManifestForger.CreateEntry(path, "seen"u8.ToArray())));
}
