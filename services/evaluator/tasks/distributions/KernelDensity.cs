namespace SynCxr.Mesh.Evaluator.Tasks.Distributions;

/// <summary>Gaussian kernel density estimate of a sample of numbers, with Silverman's bandwidth.</summary>
internal static class KernelDensity
{
    private const int Points = 120;

    /// <summary>
    /// Silverman's rule for one number (Silverman 1986, p. 48): (3 n / 4)^(-1/5), by which the standard deviation is multiplied.
    /// </summary>
    /// <exception cref="ArgumentException">The values don't vary: they have no density.</exception>
    public static double SilvermanFactor(IReadOnlyList<double> values) => values.Distinct().Take(2).Count() == 2
        ? Math.Pow(0.75 * values.Count, -0.2) : throw new ArgumentException("A density needs values that vary", nameof(values));

    /// <summary>The density at evenly spread points; none where the values don't vary.</summary>
    public static IReadOnlyList<(double X, double Y)> Estimate(IReadOnlyList<double> values, double low, double high)
    {
        if (values.Distinct().Take(2).Count() < 2)
            return [];
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        var width = SilvermanFactor(values) * deviation;
        return [.. Enumerable.Range(0, Points).Select(i =>
        {
            var x = low + (high - low) * i / (Points - 1);
            return (x,
                values.Sum(v => Math.Exp(-(x - v) * (x - v) / (2 * width * width))) / (values.Count * width * Math.Sqrt(2 * Math.PI)));
        })];
    }
}
