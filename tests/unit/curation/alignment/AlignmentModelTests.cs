using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Alignment;

public sealed class AlignmentModelTests
{
    private const int Pairs = 16;

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 16)]
    [InlineData(4, 3)]
    [InlineData(16, 16)]
    public async Task RunAsync_ThreadsAndBatch_ChangeNoBit(int threads, int batch)
    {
        var alone = new List<double>();
        await using (var one = Open(threads: 1, batch: 1))
        {
            var model = one.Load("cxr-tiny-convirt-real", "model");
            foreach (var pair in Enumerable.Range(0, Pairs))
                alone.Add(model.Model.Compare(Prepare(model, pair).Image, Prepare(model, pair).Texts));
        }

        await using var many = Open(threads, batch);
        var loaded = many.Load("cxr-tiny-convirt-real", "model");
        var together = await Task.WhenAll(Enumerable.Range(0, Pairs).Select(pair => loaded.Queue.RunAsync(
            Prepare(loaded, pair), new BatchRowOptions(), TestContext.Current.CancellationToken)));

        Assert.Equal(alone, together);
        Assert.Equal(Pairs, alone.Distinct().Count());
    }

    private static AlignmentModelCatalogue Open(int threads, int batch)
    {
        var options = Options.Create(new CurationOptions { Threads = threads, MaxBatch = batch });
        return new AlignmentModelCatalogue(options, new ModelFolderFinder(options), new BatcherMetrics(TestMeters.Factory),
            TenantWeights.Equal, TimeProvider.System);
    }

    private static PreparedPair Prepare(LoadedAlignmentModel model, int pair) => new(
        model.Model.PrepareImage(TestImages.Waves(80, 72, pair)),
        [model.Model.PrepareText(string.Join(' ', Enumerable.Repeat("clear lungs", 1 + (pair % 5))), "texts")]);
}
