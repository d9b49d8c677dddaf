using SynCxr.Mesh.Evaluator.Metrics;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics;

public sealed class RocAucTests
{
    [Fact]
    public void Of_HandWorkedScores_CountsPairsAndHalfTies()
    {
        // Pairs in order: 3>1, 3>2, 2>1; a tie: 2=2. (3 + 0.5) / 4.
        Assert.Equal(0.875, RocAuc.Calculate([3, 2], [1, 2]), 12);
        Assert.Equal(0.5, RocAuc.Calculate([1, 1, 1], [1, 1]), 12);
        Assert.Equal(1, RocAuc.Calculate([5, 6], [1, 2, 3]), 12);
        Assert.Equal(0, RocAuc.Calculate([1], [2]), 12);
    }

    [Fact]
    public void Of_RandomScoresWithTies_EqualsTheNaivePairCount()
    {
        for (var round = 0; round < 200; round++)
        {
            var random = new Random(round);
            double[] yes = [.. Enumerable.Range(0, 1 + random.Next(30)).Select(_ => (double)random.Next(8))];
            double[] no = [.. Enumerable.Range(0, 1 + random.Next(30)).Select(_ => (double)random.Next(8))];
            var naive = yes.Average(y => no.Average(n => y > n ? 1.0 : y == n ? 0.5 : 0.0));

            Assert.Equal(naive, RocAuc.Calculate(yes, no), 12);
        }
    }

    [Fact]
    public void Of_OneClassOnlyOrNoNumber_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => RocAuc.Calculate([1], []));
        Assert.Throws<ArgumentException>(() => RocAuc.Calculate([1], [double.NaN]));
    }

    [Fact]
    public void Confusion_HandWorkedCase_GivesTheTextbookValues()
    {
        var at = ConfusionCounts.AtThreshold(0.5, [0.9, 0.6, 0.5, 0.1], [0.4, 0.7, 0.2, 0.3, 0.1, 0.0]);

        Assert.Equal(new ConfusionCounts(3, 1, 5, 1), at);
        Assert.Equal(0.8, at.Accuracy, 12);
        Assert.Equal(0.75, at.F1, 12);
        Assert.Equal((0.75 + 5.0 / 6) / 2, at.BalancedAccuracy, 12);
        Assert.Equal(0.3, ConfusionCounts.BestF1Threshold([0.3, 0.9], [0.1, 0.2]), 12);
        Assert.Equal(0, ConfusionCounts.AtThreshold(2, [1], [1]).F1);
    }
}
