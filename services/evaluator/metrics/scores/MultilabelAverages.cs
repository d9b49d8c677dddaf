namespace SynCxr.Mesh.Evaluator.Metrics.Scores;

/// <summary>
/// One figure of several labels. A metric takes the scores of the positives and of the negatives, and is NaN where it is not defined; then
/// so is every average that needs it, since a mean over the other labels would be of other labels than said.
/// </summary>
/// <param name="Answers">By thing, then by label.</param>
/// <param name="Scores">Likewise.</param>
internal sealed record MultilabelAverages(IReadOnlyList<bool[]> Answers, IReadOnlyList<double[]> Scores)
{
    private int Labels => Answers[0].Length;

    /// <summary>Of each label.</summary>
    public double[] Each(Func<double[], double[], double> metric) =>
        [.. Enumerable.Range(0, Labels).Select(k => Calculate(metric, Answers.Select((_, i) => (i, k))))];

    /// <summary>Mean of the labels.</summary>
    public double Macro(Func<double[], double[], double> metric) => Each(metric).Average();

    /// <summary>Of all labels' scores together.</summary>
    public double Micro(Func<double[], double[], double> metric) =>
        Calculate(metric, Answers.SelectMany((_, i) => Enumerable.Range(0, Labels).Select(k => (i, k))));

    /// <summary>Mean of the labels, each weighted by how many things have it.</summary>
    public double Weighted(Func<double[], double[], double> metric)
    {
        int[] weights = [.. Enumerable.Range(0, Labels).Select(k => Answers.Count(a => a[k]))];
        return Each(metric).Zip(weights, (value, weight) => value * weight).Sum() / weights.Sum();
    }

    /// <summary>Mean over the things, of the labels of each.</summary>
    public double Samples(Func<double[], double[], double> metric) =>
        Answers.Select((_, i) => Calculate(metric, Enumerable.Range(0, Labels).Select(k => (i, k)))).Average();

    private double Calculate(Func<double[], double[], double> metric, IEnumerable<(int Thing, int Label)> at)
    {
        var those = at.ToLookup(a => Answers[a.Thing][a.Label], a => Scores[a.Thing][a.Label]);
        return metric([.. those[true]], [.. those[false]]);
    }
}
