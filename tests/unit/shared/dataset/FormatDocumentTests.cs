using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Parquet;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.SealedDatasets.Tables;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

/// <summary>FORMAT.md, from which others write readers, against the schemas and against the set that is checked in.</summary>
public sealed partial class FormatDocumentTests
{
    private static readonly string _text =
        File.ReadAllText(Path.Combine(Repository.Root, "services", "shared", "dataset", "FORMAT.md"));

    [Fact]
    public void Tables_EveryColumn_IsDocumentedInFileOrderWithItsType()
    {
        AssertColumns(PairTableSchema.Instance, isUnderRoot: true);
        AssertColumns(RejectTableSchema.Instance, isUnderRoot: false);
        AssertColumns(RunTableSchema.Instance, isUnderRoot: false);
    }

    [Fact]
    public void Tables_EveryColumnType_IsDocumented() =>
        Assert.Equal(Enum.GetNames<ColumnType>().Order(StringComparer.Ordinal),
            ReadRows("## Tables").Select(r => r[0]).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Tables_WhatOurWriterChooses_IsAsDocumented()
    {
        await using var reader = await ParquetReader.CreateAsync(
            Path.Combine(SealedSetFixture.Folder, "metadata.parquet"), cancellationToken: CancellationToken.None);
        using var group = reader.OpenRowGroupReader(0);

        Assert.Equal(1, reader.Metadata!.Version);
        Assert.All(reader.Schema.GetDataFields(), field =>
        {
            var chunk = group.GetMetadata(field)!.MetaData!;
            Assert.Equal("SNAPPY", chunk.Codec.ToString());
            Assert.Equal(["PLAIN", "RLE"], chunk.Encodings.Select(e => e.ToString()));
        });
    }

    [Fact]
    public void Folder_EveryFileOfASealedSet_IsDocumented()
    {
        var files = DatasetManifest.Read(SealedSetFixture.Folder).FilesWithManifest()
            .Select(f => ShardNumber().Replace(f.Path, "shard-DIGEST-NNNNNN")).Distinct();

        Assert.Equal(files.Order(StringComparer.Ordinal),
            ReadRows("# The sealed data set: format").Where(r => !r[1].StartsWith("in a signed set:", StringComparison.Ordinal))
                .Select(r => r[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Manifest_EveryMember_IsDocumented()
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(SealedSetFixture.Folder, "manifest.json")))!.AsObject();

        Assert.Equal(json.Select(m => m.Key).Order(StringComparer.Ordinal),
            ReadRows("## Manifest").Select(r => r[0]).Order(StringComparer.Ordinal));
        Assert.Contains($"`{json["format"]}`", _text, StringComparison.Ordinal);
        Assert.Contains($"`{json["spec"]!["format"]}`", _text, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_MembersOfItsSchema_AreDocumentedWithTheirTypes()
    {
        AssertMembers("## Manifest", [.. ManifestSchema.Manifest.Members, new JsonMember("~sha256", new TextShape())]);
        AssertMembers("### Items of files", MembersOf("files"));
        AssertMembers("### Items of engines", ManifestSchema.Engine.Members);
        AssertMembers("### Figures", ManifestSchema.Figures.Members);
        AssertMembers("### The resolved spec", Flatten(ManifestSchema.Spec.Members, ""));

        static IReadOnlyList<JsonMember> MembersOf(string list) =>
            ((ObjectShape)((ListShape)ManifestSchema.Manifest.Members.Single(m => m.Name == list).Shape).Item).Members;
        static List<JsonMember> Flatten(IEnumerable<JsonMember> members, string prefix) => [.. members.SelectMany(m =>
            m.Name is "draw" or "report" or "image" or "curation"
                ? Flatten(((ObjectShape)m.Shape).Members, m.Name + ".") : [m with { Name = prefix + m.Name }])];
    }

    [Fact]
    public void Folder_FilesThatASetMustHave_AreDocumented() => Assert.All(ManifestFileList.Required,
        path => Assert.Contains(path, ReadRows("# The sealed data set: format").Select(r => r[0])));

    [Fact]
    public void ResolvedSpec_EveryMember_IsDocumented()
    {
        var all = DatasetManifest.Read(SealedSetFixture.Folder).Spec with
        {
            Train = new JsonObject(),
            Splits = new ResolvedSplits("share", Train: 1, Valid: 0, Test: 0),
        };
        all = all with
        {
            Draw = all.Draw with { Weights = new Dictionary<string, double>() },
            Report = all.Report with { FurtherCheckers = [all.Report.Checker] },
            Image = all.Image with { Sampling = new JsonObject(), PromptOverflow = "chunk", Channels = "rgb" },
            Curation = all.Curation with
            {
                Memorisation = ResolvedCuration.NotChecked,
                Embedding = all.Curation.Judge,
                Bank = new ResolvedBank("bank", all.Curation.Judge.Digest, Threshold: 0.9),
                Alignment = new ResolvedAlignment(all.Curation.Judge) { Threshold = 0.1 },
            },
        };
        Assert.Null(ManifestSchema.Spec.FindProblem(JsonNode.Parse(all.ToCanonicalJson()), "spec"));
        var members = JsonNode.Parse(all.ToCanonicalJson())!.AsObject().SelectMany(m =>
            m.Key is "draw" or "report" or "image" or "curation" ? m.Value!.AsObject().Select(n => $"{m.Key}.{n.Key}") : [m.Key]);

        Assert.Equal(members.Order(StringComparer.Ordinal),
            ReadRows("### The resolved spec").Select(r => r[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Spec_EveryKeyOfTheProto_IsDocumentedInItsOrder()
    {
        static IEnumerable<string> KeysOf(MessageDescriptor type, string prefix) => type.Fields.InFieldNumberOrder().SelectMany(f =>
            f.FieldType == FieldType.Message && f.Name != "train"
                ? KeysOf(f.MessageType, $"{prefix}{f.Name}{(f.IsRepeated ? "[]" : "")}.") : [prefix + f.Name]);

        Assert.Equal(KeysOf(DatasetSpec.Descriptor, ""), ReadRows("## spec.yaml").Select(r => r[0]));
    }

    [Fact]
    public void Croissant_EveryMember_IsDocumentedInItsOrder()
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(SealedSetFixture.Folder, "croissant.json")))!.AsObject();

        Assert.Equal(json.Select(m => m.Key), ReadRows("## croissant.json").Select(r => r[0]));
        Assert.All(json["distribution"]!.AsArray().SelectMany(f => f!["encodingFormat"] is JsonArray types
            ? types.Select(t => t!.GetValue<string>()) : [f["encodingFormat"]!.GetValue<string>()]).Where(t => t != "image/png"),
            AssertDocumented);
    }

    [Fact]
    public void Shards_MembersOfAPair_AreDocumentedInTheirOrder()
    {
        using var tar = new System.Formats.Tar.TarReader(File.OpenRead(Path.Combine(SealedSetFixture.Folder, SealedSetFixture.FirstShard)));
        var names = Enumerable.Range(0, 4).Select(_ => tar.GetNextEntry()!.Name.Replace("000000", "INDEX", StringComparison.Ordinal));

        Assert.Equal(names, ReadRows("## Shards").Select(r => r[0]));
    }

    [Fact]
    public async Task Shards_MembersOfAPairsJson_AreDocumented()
    {
        var set = await SealedDataset.OpenAsync(SealedSetFixture.Folder, CancellationToken.None);
        var row = Assert.Single(_text.Split('\n'), l => l.StartsWith("| `INDEX.json` |", StringComparison.Ordinal));

        Assert.All(JsonNode.Parse(set.ReadShard(0).First().Files.Json)!.AsObject(), m => Assert.Contains($"`{m.Key}`", row));
    }

    [Fact]
    public async Task Root_WorkedExample_IsTheSetThatIsCheckedIn()
    {
        var set = await SealedDataset.OpenAsync(SealedSetFixture.Folder, CancellationToken.None);
        var bytes = set.Pairs.Select(p => p.ToLeaf()).Prepend(PairRecord.SpecLeaf(set.Manifest.SpecDigest)).ToList();
        var leaves = bytes.Select(b => SHA256.HashData([0, .. b])).ToList();
        var (left, right) = (HashNode(leaves[0], leaves[1]), HashNode(leaves[2], leaves[3]));
        var four = HashNode(left, right);
        string[] example =
        [
            $"leaf 0   {Hex(leaves[0])}  spec|{set.Manifest.SpecDigest}",
            .. Enumerable.Range(1, 4).Select(i => $"leaf {i}   {Hex(leaves[i])}  pair {i - 1}, {bytes[i].Length} bytes"),
            $"0..1     {Hex(left)}  of leaf 0 and leaf 1",
            $"2..3     {Hex(right)}  of leaf 2 and leaf 3",
            $"0..3     {Hex(four)}  of 0..1 and 2..3",
            $"root     {Hex(HashNode(four, leaves[4]))}  of 0..3 and leaf 4",
        ];

        Assert.EndsWith(SealedSetFixture.Root + "  of 0..3 and leaf 4", example[^1]);
        AssertDocumented(string.Join('\n', example));
        AssertDocumented(Encoding.UTF8.GetString(bytes[1])[..120]);
    }

    private static void AssertMembers(string heading, IReadOnlyList<JsonMember> members) => Assert.Equal(
        members.Select(m => $"{m.Name} {m.Shape.TypeName} {(m.MayLack ? "may lack" : "")}").Order(StringComparer.Ordinal),
        ReadRows(heading).Select(r => $"{r[0]} {r[1]} {(r[2].Contains("may lack", StringComparison.Ordinal) ? "may lack" : "")}")
            .Order(StringComparer.Ordinal));

    private static void AssertDocumented(string part) =>
        Assert.True(_text.Contains(part, StringComparison.Ordinal), $"FORMAT.md does not hold:\n{part}");

    private static byte[] HashNode(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    private static void AssertColumns<TRow>(TableSchema<TRow> schema, bool isUnderRoot) => Assert.Equal(
        schema.Columns.Select(c => $"{c.Name} {c.Type} {(isUnderRoot && c.IsInRoot ? "yes" : "no")}"),
        ReadRows($"### {schema.FileName}").Select(r => $"{r[0]} {r[1]} {r[2]}"));

    /// <summary>The cells of the first table below a heading, without the back-ticks around them.</summary>
    private static List<string[]> ReadRows(string heading)
    {
        var rows = _text.Split('\n').SkipWhile(l => l != heading).SkipWhile(l => !l.StartsWith('|')).TakeWhile(l => l.StartsWith('|'));
        return [.. rows.Skip(2).Select(l => l.Trim('|').Split('|').Select(c => c.Trim().Trim('`')).ToArray())];
    }

    [GeneratedRegex(@"shard-[0-9a-f]{16}-\d{6}")]
    private static partial Regex ShardNumber();
}
