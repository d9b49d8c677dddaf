using SynCxr.Mesh.Evaluator.Metrics;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics;

public sealed class BootstrapTests
{
    [Fact]
    public void Mean_NormalSample_HasTheIntervalOfItsStandardError()
    {
        var random = new Random(1);
        double[] sample = [.. Enumerable.Range(0, 400)
            .Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
        var mean = sample.Average();
        var error = Math.Sqrt(sample.Sum(s => (s - mean) * (s - mean)) / 399 / 400);

        var interval = Bootstrap.Mean(sample, 4000, seed: 1);

        Assert.Equal(mean, interval.Value, 12);
        Assert.InRange(interval.High - interval.Low, 2 * 1.96 * error * 0.93, 2 * 1.96 * error * 1.07);
        Assert.InRange(mean - interval.Low, 1.96 * error * 0.85, 1.96 * error * 1.15);
    }

    [Fact]
    public void Mean_SameSeed_IsTheSameInterval() =>
        Assert.Equal(Bootstrap.Mean([1, 2, 5, 9], 100, 7), Bootstrap.Mean([1, 2, 5, 9], 100, 7));

    [Fact]
    public void Paired_TwoScoresThatMoveTogether_IsNarrowerThanApart()
    {
        double[] one = [.. Enumerable.Range(0, 50).Select(i => (double)i)];
        double[] other = [.. one.Select(v => v + 1)];

        var paired = Bootstrap.PairedDifference([50], d => d[0].Average(i => other[i]), d => d[0].Average(i => one[i]), 500, 1);

        Assert.Equal(1, paired.Value, 9);
        Assert.Equal(1, paired.Low, 9);
        Assert.Equal(1, paired.High, 9);
    }

    [Fact]
    public void Normal_NormalSample_IsAsWideAsThePercentiles()
    {
        double[] sample = [.. Enumerable.Range(0, 200).Select(i => Math.Sin(i))];
        var percentile = Bootstrap.Mean(sample, 3000, 1);
        var normal = Bootstrap.NormalApproximation([200], d => d[0].Average(i => sample[i]), 3000, 1);

        Assert.InRange((normal.High - normal.Low) / (percentile.High - percentile.Low), 0.93, 1.07);
    }

    [Fact]
    public void Quantile_BetweenTwoValues_IsLinear()
    {
        Assert.Equal(2.5, Bootstrap.Quantile([1, 2, 3, 4], 0.5), 12);
        Assert.Equal(4, Bootstrap.Quantile([1, 2, 3, 4], 1), 12);
    }
}
