namespace SynCxr.Mesh.Evaluator.Tasks.Distributions;

/// <summary>Gaussian kernel density estimate of a sample of numbers, with Silverman's bandwidth.</summary>
internal static class KernelDensity
{
    private const int Points = 120;

    public static IReadOnlyList<(double X, double Y)> Estimate(IReadOnlyList<double> values, double low, double high)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Count - 1));
        var width = Math.Max(1e-9, 1.06 * deviation * Math.Pow(values.Count, -0.2));
        return [.. Enumerable.Range(0, Points).Select(i =>
        {
            var x = low + (high - low) * i / (Points - 1);
            return (x,
                values.Sum(v => Math.Exp(-(x - v) * (x - v) / (2 * width * width))) / (values.Count * width * Math.Sqrt(2 * Math.PI)));
        })];
    }
}
