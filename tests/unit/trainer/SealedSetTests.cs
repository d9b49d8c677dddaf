using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Trainer.Pairs;
using SynCxr.Mesh.Trainer.Tokenizer;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests;

/// <summary>A sealed data set of twelve pairs in three shards, which the data-set service sealed: <c>sealed/spec.yaml</c>.</summary>
public sealed class SealedSetTests
{
    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "unit", "trainer", "sealed");

    [Fact]
    public async Task OpenAsync_DatasetAsSealed_GivesItsRootAndPairs()
    {
        var set = await SealedDataset.OpenForFieldAsync(_folder, "x", CancellationToken.None);
        Assert.Contains(set.Root, await File.ReadAllTextAsync(Path.Combine(_folder, "manifest.json")), StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, set.Pairs.Count).Select(i => (long)i), set.Pairs.Select(p => p.Index));
        Assert.All(set.Pairs, p => Assert.NotEmpty(p.Impression));
    }

    [Theory]
    [InlineData("manifest.json", "was changed")]
    [InlineData("metadata.parquet", "was changed")]
    [InlineData("data/shard-000000.tar", "was changed")]
    public async Task OpenAsync_OneByteOfAFileChanged_IsRefused(string file, string problem)
    {
        using var copy = Copy();
        var bytes = await File.ReadAllBytesAsync(copy[file]);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(copy[file], bytes);
        var error = await Assert.ThrowsAsync<MeshException>(
            () => SealedDataset.OpenForFieldAsync(copy.Path, "spec.sources[0].name", CancellationToken.None));
        Assert.Equal("spec.sources[0].name", error.Fields[0].Field);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ManifestForgedWithItsOwnHash_TheRootTells()
    {
        using var copy = Copy();
        var json = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(copy["manifest.json"]))!.AsObject();
        json.Remove("~sha256");
        json["root"] = new string('0', 64);
        json["~sha256"] = SynCxr.Mesh.Digests.Sha256Digest.HexOf(SynCxr.Mesh.SealedDatasets.Json.CanonicalJson.Write(json));
        await File.WriteAllBytesAsync(copy["manifest.json"], SynCxr.Mesh.SealedDatasets.Json.CanonicalJson.Write(json));
        var error = await Assert.ThrowsAsync<MeshException>(() => SealedDataset.OpenForFieldAsync(copy.Path, "x", CancellationToken.None));
        Assert.Contains("do not give the root", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_TwoReadersOfOneSeed_SeeEveryPairOnceAnEpochInTheSameOrder()
    {
        var set = await SealedDataset.OpenForFieldAsync(_folder, "x", CancellationToken.None);
        var (one, two, other) = (Pairs(set, 3), Pairs(set, 3), Pairs(set, 4));
        string[] Look(SealedPairSequence pairs, long from) =>
            [.. Enumerable.Range(0, pairs.Count).Select(i => Convert.ToHexString(pairs.GetPair(from + i).Pixels.Span))];
        var first = Look(one, 0);
        Assert.Equal(set.Pairs.Count, first.Distinct().Count());
        Assert.Equal(Look(one, one.Count), Look(two, two.Count)); // the second never saw the first epoch
        Assert.NotEqual(first, Look(one, one.Count));
        Assert.NotEqual(first, Look(other, 0));
        Assert.Equal(first.Order(), Look(other, 0).Order());
    }

    [Fact]
    public void Read_LayoutDataset_GivesStudiesWithReportsAndLabels()
    {
        var studies = DataLayouts.Read(new RadiographSource("dataset", _folder), "x", CancellationToken.None).Studies;
        Assert.All(studies, s => Assert.True(s.Report!.Length > 10 && s.LoadImage("x").Width == 64, s.Id));
        Assert.Contains(studies, s => s.Labels.Count > 0);
    }

    private static SealedPairSequence Pairs(SealedDataset set, ulong seed) =>
        new(set, set.Pairs.Select(p => p.Index).ToHashSet(), 32,
            new PairTokenizer(new WordPieceTokenizer(WordPieceTrainer.Train(["the lungs are clear"], 100), lowerCase: true), 24,
                OneSentence: false, seed));

    private static ScratchFolder Copy()
    {
        var copy = new ScratchFolder();
        foreach (var file in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
        {
            var to = copy[Path.GetRelativePath(_folder, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }
}
