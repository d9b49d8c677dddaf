using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

/// <summary>The set that is checked in is read, and each damaged copy of it gets one answer from every reader.</summary>
public sealed class SealedDatasetTests
{
    public static TheoryData<string> Damages => [.. SealedSetDamages.Names];

    public static TheoryData<string> Forgeries => [.. SealedSetForgeries.Names];

    [Fact]
    public async Task OpenAsync_SetThatIsCheckedIn_FindsTheRootThatItWasSealedWith()
    {
        var set = await SealedDataset.OpenAsync(SealedSetFixture.Folder, CancellationToken.None);

        Assert.Equal(SealedSetFixture.Root, set.Root);
        var leaves = set.Pairs.Select(p => new ReadOnlyMemory<byte>(p.ToLeaf()));
        Assert.Equal(SealedSetFixture.Root, MerkleTree.Root([PairRecord.SpecLeaf(set.Manifest.ComputeSpecDigest()), .. leaves]));
        Assert.Equal([0L, 1, 2, 3], set.Pairs.Select(p => p.Index));
        Assert.Equal([0, 0, 1, 1], set.Pairs.Select(p => p.Shard));
        Assert.All(set.Pairs, p => Assert.NotEmpty(p.Impression));
        var read = Enumerable.Range(0, set.Shards.Count).SelectMany(set.ReadShard).ToList();
        Assert.Equal(set.Pairs, read.Select(p => p.Record));
        Assert.All(read, p => Assert.Equal((64, 64), (p.Image.Width, p.Image.Height)));
    }

    [Fact]
    public async Task VerifyAsync_SetThatIsCheckedIn_IsIntact()
    {
        var result = await SealedDatasetVerifier.VerifyAsync(SealedSetFixture.Folder, CancellationToken.None);

        Assert.Empty(result.Problems);
        Assert.Equal((SealedSetFixture.Root, 11), (result.Root, result.Files));
    }

    [Fact]
    public async Task ReadAsync_RejectsAndRunsOfTheSetThatIsCheckedIn_AreRows()
    {
        var rejects = await SealedDatasets.Tables.ParquetTableReader.ReadAsync(
            SealedSetFixture.Folder, SealedDatasets.Tables.RejectTableSchema.Instance, CancellationToken.None);
        var runs = await SealedDatasets.Tables.ParquetTableReader.ReadAsync(
            SealedSetFixture.Folder, SealedDatasets.Tables.RunTableSchema.Instance, CancellationToken.None);

        var figures = DatasetManifest.Read(SealedSetFixture.Folder).Figures;
        Assert.NotEmpty(rejects);
        Assert.Equal(figures["attempts"]!.GetValue<int>() - figures["pairs"]!.GetValue<int>(), rejects.Count);
        Assert.All(rejects, r => Assert.True(r.Reasons.Count > 0 && r.Entities.Count == 5 && r.Step == "image", r.Step));
        Assert.Equal([0L, 1, 2, 3], runs.Select(r => r.Index));
        Assert.All(runs, r => Assert.Equal("local", r.Tenant));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Read_DamagedCopy_ReaderAndLayoutSayWhatTheVerifierSays(string damage)
    {
        var (copy, file) = SealedSetDamages.Make(damage);
        using (copy)
        {
            var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];
            Assert.Equal(file, problem.Path);

            await AssertReadersSayAsync(copy, problem);
        }
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task Read_ForgedCopy_EveryReaderSaysTheSameSentence(string forgery)
    {
        var (copy, expected) = SealedSetForgeries.Make(forgery);
        using (copy)
        {
            var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];

            Assert.Equal(expected, problem.ToString());
            var layout = Assert.Throws<MeshException>(() => ReadLayout(copy.Path));
            Assert.Contains(expected, layout.Message, StringComparison.Ordinal);
            var replay = await Assert.ThrowsAsync<SealedDatasetException>(() => PairReplay.ReadAsync(copy.Path, 0, CancellationToken.None));
            Assert.Equal(problem, replay.Problem);
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task ReadAsync_ReplayOfADamagedCopy_SaysWhatTheVerifierSays(string damage)
    {
        var (copy, file) = SealedSetDamages.Make(damage);
        using (copy)
        {
            var error = await Assert.ThrowsAsync<SealedDatasetException>(() => PairReplay.ReadAsync(copy.Path, 0, CancellationToken.None));

            Assert.Equal(file, error.Problem.Path);
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("manifest.json")]
    [InlineData("notes.txt")]
    public async Task Read_SymbolicLink_IsRefusedByName(string path)
    {
        using var copy = SealedSetFixture.Copy();
        File.Delete(copy[path]);
        File.CreateSymbolicLink(copy[path], Path.Combine(SealedSetFixture.Folder, "README.md"));

        var problem = Assert.Single((await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems);

        Assert.Equal($"{path} is a symbolic link, where a sealed data set has the file itself", problem.ToString());
        await AssertReadersSayAsync(copy, problem);
    }

    [Fact]
    public async Task Read_FolderThatIsALink_IsNotEntered()
    {
        using var copy = SealedSetFixture.Copy();
        Directory.Delete(copy["data"], recursive: true);
        Directory.CreateSymbolicLink(copy["data"], Path.Combine(SealedSetFixture.Folder, "data"));

        var problems = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems;

        Assert.Equal([$"{SealedSetFixture.FirstShard} is missing", $"{SealedSetFixture.SecondShard} is missing",
            "data is a symbolic link, where a sealed data set has the file itself"], problems.Select(p => p.ToString()));
    }

    [Fact]
    public async Task OpenAsync_FolderWithoutManifest_IsNoSealedSet()
    {
        using var folder = new ScratchFolder();

        var error = await Assert.ThrowsAsync<SealedDatasetException>(() => SealedDataset.OpenAsync(folder.Path, CancellationToken.None));

        Assert.Equal($"'{folder.Path}' is not a sealed data set: manifest.json is missing.", error.Message);
    }

    [Fact]
    public async Task Read_SwappedShardsThatTheManifestLists_AreFoundByTheRows()
    {
        using var copy = SealedSetFixture.Copy();
        SealedSetDamages.SwapShards(copy);
        ManifestForger.ListFilesAnew(copy);

        var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];

        Assert.Equal($"{SealedSetFixture.FirstShard} was changed: it holds pair '000002' where pair 0 must follow", problem.ToString());
        var error = Assert.Throws<MeshException>(() => ReadLayout(copy.Path));
        Assert.Contains(problem.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ManifestForgedWithItsOwnHash_IsFoundByTheRows()
    {
        using var copy = SealedSetFixture.Copy();
        ManifestForger.Change(copy, json => json["root"] = new string('0', 64));

        var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];

        Assert.Equal("metadata.parquet was changed: its rows do not give the root in the manifest", problem.ToString());
        await AssertReadersSayAsync(copy, problem);
    }

    private static StudySet ReadLayout(string folder) =>
        DataLayouts.Read(new RadiographSource("dataset", folder), "spec.sources[0]", CancellationToken.None);

    private static async Task AssertReadersSayAsync(ScratchFolder copy, SealedFileProblem problem)
    {
        var read = await Assert.ThrowsAsync<SealedDatasetException>(() => SealedDataset.OpenAsync(copy.Path, CancellationToken.None));
        Assert.Equal(problem, read.Problem);
        var layout = Assert.Throws<MeshException>(() => ReadLayout(copy.Path));
        Assert.Equal("spec.sources[0].name", Assert.Single(layout.Fields).Field);
        Assert.Contains(problem.ToString(), layout.Message, StringComparison.Ordinal);
    }
}
