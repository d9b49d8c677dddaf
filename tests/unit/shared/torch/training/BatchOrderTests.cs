using SynCxr.Mesh.Torch.Training;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Torch.Training;

public sealed class BatchOrderTests
{
    [Theory]
    [InlineData(16, 1)]
    [InlineData(16, 2)]
    [InlineData(16, 3)]
    [InlineData(2, 3)]
    [InlineData(7, 5)]
    public void SourceOrder_AnyNumberOfSources_FillsEachBatchAndTakesEachSourceAsOften(int batch, int sources)
    {
        int[][] samples = [.. Enumerable.Range(0, sources).Select(s => Enumerable.Range(100 * s, 10 + s).ToArray())];
        var order = new BalancedSourceOrder(1, "test", samples, batch);

        var drawn = Enumerable.Range(0, sources).Select(step => order.Indices(step)).ToArray();

        Assert.All(drawn, indices => Assert.Equal(batch, indices.Length));
        Assert.Equal(Enumerable.Repeat(batch, sources),
            Enumerable.Range(0, sources).Select(s => drawn.SelectMany(i => i).Count(i => i / 100 == s)));
    }

    [Fact]
    public void BatchOrder_OneEpoch_TakesEachSampleOnce()
    {
        var order = new BatchOrder(1, "test", 10, 4);

        var epoch = Enumerable.Range(0, 3).SelectMany(step => order.Indices(step)).Take(10);

        Assert.Equal(Enumerable.Range(0, 10), epoch.Order());
        Assert.Equal(order.Indices(1), new BatchOrder(1, "test", 10, 4).Indices(1));
    }
}
