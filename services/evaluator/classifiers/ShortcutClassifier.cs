namespace SynCxr.Mesh.Evaluator.Classifiers;

/// <summary>
/// A logistic regression on three features that say nothing about the lungs: brightness of the border, aspect ratio of the content,
/// brightness of the image. Where it does well, a network may do well without looking at the chest.
/// </summary>
internal sealed class ShortcutClassifier
{
    private const double Dark = 0.05, Ridge = 1e-3;
    private const int Steps = 50;
    private readonly double[] _mean, _deviation, _weights;

    private ShortcutClassifier(double[] mean, double[] deviation, double[] weights) =>
        (_mean, _deviation, _weights) = (mean, deviation, weights);

    /// <summary>Fits by Newton's method with a trace of ridge.</summary>
    public static ShortcutClassifier Fit(IReadOnlyList<float[]> positives, IReadOnlyList<float[]> negatives)
    {
        double[][] features = [.. positives.Concat(negatives).Select(Features)];
        var width = features[0].Length;
        double[] mean = [.. Enumerable.Range(0, width).Select(k => features.Average(f => f[k]))];
        double[] deviation = [.. Enumerable.Range(0, width)
            .Select(k => Math.Sqrt(features.Average(f => (f[k] - mean[k]) * (f[k] - mean[k]))) + 1e-9)];
        double[][] rows = [.. features.Select(f => Standardise(f, mean, deviation))];
        return new ShortcutClassifier(mean, deviation,
            LogisticRegression.Fit(rows, [.. rows.Select((_, i) => i < positives.Count)], Ridge, Steps));
    }

    public double[] Score(IReadOnlyList<float[]> images) =>
        [.. images.Select(p => LogisticRegression.LogOdds(_weights, Standardise(Features(p), _mean, _deviation)))];

    /// <summary>Mean of the outermost pixels, width by height of what is not near black, mean of all pixels.</summary>
    public static double[] Features(float[] image)
    {
        var side = (int)Math.Sqrt(image.Length);
        var border = 0.0;
        var all = 0.0;
        var (columns, rows) = (new double[side], new double[side]);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                double v = image[y * side + x];
                all += v;
                columns[x] += v / side;
                rows[y] += v / side;
                if (x == 0 || y == 0 || x == side - 1 || y == side - 1)
                    border += v;
            }
        }

        return [border / (4 * side - 4), Span(columns) / Span(rows), all / image.Length];
    }

    /// <summary>Lines from the first to the last that is not near black; 1 at least.</summary>
    private static double Span(double[] lines)
    {
        var (first, last) = (Array.FindIndex(lines, l => l > Dark), Array.FindLastIndex(lines, l => l > Dark));
        return Math.Max(1, last - first + 1);
    }

    private static double[] Standardise(double[] features, double[] mean, double[] deviation) =>
        [.. features.Select((f, k) => (f - mean[k]) / deviation[k])];
}
