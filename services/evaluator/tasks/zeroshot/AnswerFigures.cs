using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>Scores of one finding with the threshold of each image.</summary>
/// <param name="Answers">By image; null where not known.</param>
/// <param name="Chosen">Threshold for each image, chosen without it.</param>
/// <param name="TestChosen">The threshold that is best on these very images.</param>
internal sealed record ScoredFinding(string Finding, bool?[] Answers, double[] Scores, double[] Chosen, double[] TestChosen)
{
    public double Auc(IReadOnlyList<int> indices)
    {
        var (yes, no) = Sides(indices, i => Scores[i]);
        return yes.Length > 0 && no.Length > 0 ? RocAuc.Calculate(yes, no) : double.NaN;
    }

    public double F1(IReadOnlyList<int> indices, double[] thresholds) => CountConfusion(indices, thresholds)?.F1 ?? double.NaN;

    public double Accuracy(IReadOnlyList<int> indices, double[] thresholds) => CountConfusion(indices, thresholds)?.Accuracy ?? double.NaN;

    public int Known(bool answer) => Answers.Count(a => a == answer);

    /// <summary>Null where a class is missing.</summary>
    private ConfusionCounts? CountConfusion(IReadOnlyList<int> indices, double[] thresholds)
    {
        var (yes, no) = Sides(indices, i => Scores[i] >= thresholds[i] ? 1.0 : 0.0);
        return yes.Length > 0 && no.Length > 0 ? Metrics.ConfusionCounts.AtThreshold(0.5, yes, no) : null;
    }

    private (double[] Yes, double[] No) Sides(IReadOnlyList<int> indices, Func<int, double> value) =>
        ([.. indices.Where(i => Answers[i] == true).Select(value)], [.. indices.Where(i => Answers[i] == false).Select(value)]);
}

/// <summary>AUC, F1 and accuracy of each finding and of their mean, with intervals over patients.</summary>
internal sealed class AnswerFigures(EvaluationRun run, string task, PatientBootstrap patients, int resamples, ulong seed)
{
    public void Add(IReadOnlyList<ScoredFinding> findings, int images)
    {
        foreach (var f in findings)
        {
            Add(f, "auc", f.Auc);
            Add(f, "f1", d => f.F1(d, f.Chosen));
            Add(f, "accuracy", d => f.Accuracy(d, f.Chosen));
            Add(f, "f1_test_chosen", d => f.F1(d, f.TestChosen));
            Add(f, "accuracy_test_chosen", d => f.Accuracy(d, f.TestChosen));
        }

        if (findings.Count < 2)
            return;
        AddMean("auc", (f, d) => f.Auc(d));
        AddMean("f1", (f, d) => f.F1(d, f.Chosen));
        AddMean("accuracy", (f, d) => f.Accuracy(d, f.Chosen));

        void AddMean(string metric, Func<ScoredFinding, int[], double> of) => run.Add(FigureFactory.Create(
            task, "mean", metric,
            patients.ComputeInterval(d => findings.Select(f => of(f, d)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(),
                resamples, seed), images));
    }

    /// <summary>
    /// The AUC of <paramref name="one"/> minus that of <paramref name="other"/> on the same images, both on the same resamples.
    /// </summary>
    public void AddDifference(IReadOnlyList<ScoredFinding> one, IReadOnlyList<ScoredFinding> other, string than, int images)
    {
        foreach (var (a, b) in one.Zip(other))
        {
            run.Add(FigureFactory.Create(task, a.Finding, $"auc_of_{than}", patients.ComputeInterval(b.Auc, resamples, seed), images));
            run.Add(FigureFactory.Create(task, a.Finding, $"auc_difference_to_{than}",
                patients.ComputeInterval(d => a.Auc(d) - b.Auc(d), resamples, seed), images));
        }
    }

    private void Add(ScoredFinding f, string metric, Func<int[], double> of) =>
        run.Add(FigureFactory.Create(task, f.Finding, metric, patients.ComputeInterval(of, resamples, seed),
            f.Known(true) + f.Known(false)));
}
