using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class CuratorTests
{
    [Fact]
    public async Task AssessAsync_ManyAtOnceInAnyBatchAndThreads_GivesTheSameVerdicts()
    {
        string[]? expected = null;
        foreach (var (batch, threads) in new[] { (1, 1), (2, 1), (3, 2), (8, 1), (8, 2) })
        {
            var options = Options.Create(new CurationOptions
            {
                ModelPath = CurationHostFixture.JudgeFolder,
                MaxBatch = batch,
                Threads = threads,
            });
            using var models = CurationModelLoaderTests.Create(options);
            await models.StartAsync(default);
            await models.ExecuteTask!;
            await using var curator = new Curator(
                models, options, new CurationMetrics(TestMeters.Factory), new BatcherMetrics(TestMeters.Factory),
                TenantWeights.Equal, TimeProvider.System);
            var verdicts = await Task.WhenAll(
                Enumerable.Range(0, 30).Select(i => curator.AssessAsync(TestImages.Waves(64, 64, i), null, "",
                    MemorisationPolicy.Unspecified, new BatchRowOptions(), default)));
            string[] texts = [
                .. verdicts.Select(v => Text(v.Verdict) + string.Join(',', v.Embedding.Select(BitConverter.SingleToInt32Bits)))];
            expected ??= texts;
            Assert.Equal(expected, texts);
        }
    }

    [Fact]
    public async Task AssessAsync_DeadlineThatHasPassed_IsRefused()
    {
        var options = Options.Create(new CurationOptions { ModelPath = CurationHostFixture.JudgeFolder });
        using var models = CurationModelLoaderTests.Create(options);
        await models.StartAsync(default);
        await models.ExecuteTask!;
        await using var curator = new Curator(
                models, options, new CurationMetrics(TestMeters.Factory), new BatcherMetrics(TestMeters.Factory),
                TenantWeights.Equal, TimeProvider.System);
        var error = await Assert.ThrowsAsync<MeshException>(
            () => curator.AssessAsync(TestImages.Waves(64, 64, 1), null, "", MemorisationPolicy.Unspecified,
                new BatchRowOptions { Deadline = DateTimeOffset.UnixEpoch },
                default));
        Assert.Same(ErrorReasons.DeadlineUnmeetable, error.Reason);
    }

    private static string Text(Verdict verdict) =>
        string.Join(';', verdict.Answers.Select(a => BitConverter.DoubleToInt64Bits(a.Score))) + '|' +
        string.Join(';', verdict.Likenesses.Select(r => (BitConverter.DoubleToInt64Bits(r.Similarity), r.Nearest)));
}
