using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace SynCxr.Mesh.Evaluator.Metrics.Significance;

/// <summary>What a test found.</summary>
internal readonly record struct TestResult(double Statistic, double PValue);

/// <summary>
/// Do two classifiers err equally often on the same things (McNemar 1947)? Only the things that one gets right and the other wrong tell.
/// </summary>
/// <param name="OnlyFirst">Things that only the first gets right.</param>
/// <param name="OnlySecond">Things that only the second gets right.</param>
internal readonly record struct McNemarTest(int OnlyFirst, int OnlySecond)
{
    private int Differing => OnlyFirst + OnlySecond;

    /// <summary>Counts two classifiers' answers to the same things.</summary>
    public static McNemarTest Count(IReadOnlyList<bool> firstIsRight, IReadOnlyList<bool> secondIsRight) => new(
        firstIsRight.Zip(secondIsRight).Count(r => r is (true, false)), firstIsRight.Zip(secondIsRight).Count(r => r is (false, true)));

    /// <summary>Two-sided, by the binomial distribution: right for few things too. Without a differing thing p is 1.</summary>
    public TestResult Exact()
    {
        var least = Math.Min(OnlyFirst, OnlySecond);
        return new TestResult(least, Differing == 0 ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, Differing, least)));
    }

    /// <summary>By chi-square with one degree of freedom. Without a differing thing it says nothing: NaN.</summary>
    public TestResult ChiSquare() => FromChiSquare(Math.Abs(OnlyFirst - OnlySecond));

    /// <summary>
    /// Likewise with Edwards' correction for continuity. Without a differing thing the statistic is infinite and p is 0, as in
    /// statsmodels: ask <see cref="Exact"/>.
    /// </summary>
    public TestResult ChiSquareCorrected() => FromChiSquare(Math.Abs(OnlyFirst - OnlySecond) - 1);

    private TestResult FromChiSquare(double difference)
    {
        var statistic = difference * difference / Differing;
        return new TestResult(statistic, double.IsNaN(statistic) ? double.NaN : SpecialFunctions.Erfc(Math.Sqrt(statistic / 2)));
    }
}
