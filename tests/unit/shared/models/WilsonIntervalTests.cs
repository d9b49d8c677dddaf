using SynCxr.Mesh.Models;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models;

public sealed class WilsonIntervalTests
{
    // Newcombe (1998, table I): 81 of 263, 15 of 148, 0 of 20, 1 of 29. The others as R's prop.test(correct = FALSE) gives them.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(1, 100, 0.0018, 0.0545)]
    [InlineData(0, 0, 0, 1)]
    public void Interval_PublishedCases_IsTheirs(long hits, long all, double low, double high)
    {
        var interval = new WilsonInterval(hits, all);

        Assert.Equal(all == 0 ? 0 : (double)hits / all, interval.Value);
        Assert.Equal((low, high), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
    }
}
