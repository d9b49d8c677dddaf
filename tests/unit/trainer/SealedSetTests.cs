using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Sealed;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Trainer.Pairs;
using SynCxr.Mesh.Trainer.Tokenizer;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests;

/// <summary>How the trainer reads a sealed data set.</summary>
public sealed class SealedSetTests
{
    public static TheoryData<string> Damages => [.. SealedSetDamages.Names];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task ReadAsync_DamagedSet_SaysWhatTheVerifierSays(string damage)
    {
        var (copy, file) = SealedSetDamages.Make(damage);
        using (copy)
        {
            var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];
            Assert.Equal(file, problem.Path);

            var error = await Assert.ThrowsAsync<MeshException>(() => ReadSourceAsync(copy.Path));

            Assert.Equal("spec.sources[0].name", Assert.Single(error.Fields).Field);
            Assert.Contains(problem.ToString(), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ReadAsync_SetAsSealed_KeepsEveryPair()
    {
        var source = await ReadSourceAsync(SealedSetFixture.Folder);
        Assert.Equal((4, 0), (source.Count, source.HeldOutCount));
        Assert.Equal(8, source.Texts.Count());
    }

    [Fact]
    public async Task GetPair_TwoReadersOfOneSeed_SeeEveryPairOnceAnEpochInTheSameOrder()
    {
        var set = await SealedDataset.OpenForFieldAsync(SealedSetFixture.Folder, "x", "x", CancellationToken.None);
        var (one, two, other) = (Pairs(set, 3), Pairs(set, 3), Pairs(set, 4));
        string[] ReadEpoch(SealedPairSequence pairs, long from) =>
            [.. Enumerable.Range(0, pairs.Count).Select(i => Convert.ToHexString(pairs.GetPair(from + i).Pixels.Span))];
        var first = ReadEpoch(one, 0);
        Assert.Equal(set.Pairs.Count, first.Distinct().Count());
        Assert.Equal(ReadEpoch(one, one.Count), ReadEpoch(two, two.Count)); // the second never saw the first epoch
        Assert.NotEqual(first, ReadEpoch(one, one.Count));
        Assert.NotEqual(first, ReadEpoch(other, 0));
        Assert.Equal(first.Order(), ReadEpoch(other, 0).Order());
    }

    [Fact]
    public void Read_LayoutDataset_GivesStudiesWithReportsAndLabels()
    {
        var studies = DataLayouts.Read(new RadiographSource("dataset", SealedSetFixture.Folder), "x", CancellationToken.None).Studies;
        Assert.All(studies, s => Assert.True(s.Report!.Length > 10 && s.LoadImage("x").Width == 64, s.Id));
        Assert.Contains(studies, s => s.Labels.Count > 0);
    }

    private static SealedPairSequence Pairs(SealedDataset set, ulong seed) =>
        new(set, set.Pairs.Select(p => p.Index).ToHashSet(), 32,
            new PairTokenizer(new WordPieceTokenizer(WordPieceTrainer.Train(["the lungs are clear"], 100), lowerCase: true), 24,
                OneSentence: false, seed));

    /// <summary>The run is only for sources without reports, which need captions.</summary>
    private static Task<ITrainingSource> ReadSourceAsync(string folder) => TrainingSourceReader.ReadAsync(
        new RadiographSource("dataset", folder), "spec.sources[0]", side: 32, holdOut: false, run: null!, captions: "",
        CancellationToken.None);
}
