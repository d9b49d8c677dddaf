namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>How a disagreement counts in Cohen's kappa; labels are ordered.</summary>
internal enum KappaWeights
{
    /// <summary>Every disagreement counts the same.</summary>
    None,

    /// <summary>By how many labels lie between.</summary>
    Linear,

    /// <summary>By the square of it.</summary>
    Quadratic,
}

/// <summary>How often one rater gave each label where another gave each: agreement beyond chance.</summary>
internal sealed class ConfusionMatrix
{
    private readonly long[][] _counts;
    private readonly long[] _first, _second;
    private readonly long _total;

    /// <param name="counts">[labels of the first, labels of the second], in the labels' order.</param>
    public ConfusionMatrix(long[][] counts)
    {
        _counts = counts;
        _first = [.. counts.Select(row => row.Sum())];
        _second = [.. counts.Select((_, k) => counts.Sum(row => row[k]))];
        _total = _first.Sum();
    }

    /// <summary>Counts two raters' labels of the same things; only labels that one of them gave count, in their order.</summary>
    /// <exception cref="ArgumentException">No label, or two numbers of them.</exception>
    public static ConfusionMatrix Count<T>(IReadOnlyList<T> first, IReadOnlyList<T> second, IComparer<T>? order = null)
        where T : notnull
    {
        if (first.Count != second.Count || first.Count == 0)
            throw new ArgumentException(
                $"Both raters must label the same things, at least one; they label {first.Count} and {second.Count}");
        T[] labels = [.. first.Concat(second).Distinct().Order(order)];
        var numbers = labels.Select((label, k) => (label, k)).ToDictionary(l => l.label, l => l.k);
        var counts = labels.Select(_ => new long[labels.Length]).ToArray();
        for (var i = 0; i < first.Count; i++)
            counts[numbers[first[i]]][numbers[second[i]]]++;
        return new ConfusionMatrix(counts);
    }

    /// <summary>Share of things with the same label from both.</summary>
    public double Accuracy => (double)_counts.Select((row, k) => row[k]).Sum() / _total;

    /// <summary>
    /// Matthews' correlation (Matthews 1975; for several labels Gorodkin 2004), -1 to 1; 0 where one rater gave one label only.
    /// </summary>
    public double MatthewsCorrelation
    {
        get
        {
            double total = _total;
            var together = _counts.Select((row, k) => row[k]).Sum() * total - _first.Zip(_second, (a, b) => (double)a * b).Sum();
            var spread = (total * total - _first.Sum(a => (double)a * a)) * (total * total - _second.Sum(b => (double)b * b));
            return spread > 0 ? together / Math.Sqrt(spread) : 0;
        }
    }

    /// <summary>
    /// Cohen's kappa (Cohen 1960, weighted 1968): 1 is full agreement, 0 that of chance. NaN where both gave one and the same label only.
    /// </summary>
    public double Kappa(KappaWeights weights = KappaWeights.None)
    {
        var seen = 0.0;
        var chance = 0.0;
        for (var i = 0; i < _counts.Length; i++)
        {
            for (var k = 0; k < _counts.Length; k++)
            {
                double weight = weights switch
                {
                    KappaWeights.Linear => Math.Abs(i - k),
                    KappaWeights.Quadratic => (i - k) * (i - k),
                    _ => i == k ? 0 : 1,
                };
                seen += weight * _counts[i][k];
                chance += weight * _first[i] * _second[k] / _total;
            }
        }

        return 1 - seen / chance;
    }
}
