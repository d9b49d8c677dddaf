using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Scores;

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

    public double AveragePrecision(IReadOnlyList<int> indices)
    {
        var (yes, no) = Sides(indices, i => Scores[i]);
        return yes.Length > 0 && no.Length > 0 ? PrecisionRecallCurve.Create(yes, no).AveragePrecision : double.NaN;
    }

    /// <summary>Of scores that are logits: their probabilities are held against the truth.</summary>
    public double LogitCalibrationError(IReadOnlyList<int> indices)
    {
        var (yes, no) = Sides(indices, i => 1 / (1 + Math.Exp(-Scores[i])));
        return yes.Length + no.Length > 0 ? CalibrationError.Calculate(yes, no).Expected : double.NaN;
    }

    public double MatthewsCorrelation(IReadOnlyList<int> indices, double[] thresholds) =>
        CountConfusion(indices, thresholds)?.ToMatrix().MatthewsCorrelation ?? double.NaN;

    public double Kappa(IReadOnlyList<int> indices, double[] thresholds) =>
        CountConfusion(indices, thresholds)?.ToMatrix().Kappa() ?? double.NaN;

    public double F1(IReadOnlyList<int> indices, double[] thresholds) => CountConfusion(indices, thresholds)?.F1 ?? double.NaN;

    public double Accuracy(IReadOnlyList<int> indices, double[] thresholds) => CountConfusion(indices, thresholds)?.Accuracy ?? double.NaN;

    public int Known(bool answer) => Answers.Count(a => a == answer);

    /// <summary>Scores of every image whose answer is known: of those with the finding, and of those without.</summary>
    public (double[] Yes, double[] No) KnownSides() => Sides([.. Enumerable.Range(0, Scores.Length)], i => Scores[i]);

    /// <summary>Of every image whose answer is known: is it on the right side of its threshold?</summary>
    public bool[] AreRight(double[] thresholds) =>
        [.. Enumerable.Range(0, Scores.Length).Where(i => Answers[i] is not null).Select(i => Scores[i] >= thresholds[i] == Answers[i])];

    /// <summary>Null where a class is missing.</summary>
    private ConfusionCounts? CountConfusion(IReadOnlyList<int> indices, double[] thresholds)
    {
        var (yes, no) = Sides(indices, i => Scores[i] >= thresholds[i] ? 1.0 : 0.0);
        return yes.Length > 0 && no.Length > 0 ? Metrics.ConfusionCounts.AtThreshold(0.5, yes, no) : null;
    }

    private (double[] Yes, double[] No) Sides(IReadOnlyList<int> indices, Func<int, double> value) =>
        ([.. indices.Where(i => Answers[i] == true).Select(value)], [.. indices.Where(i => Answers[i] == false).Select(value)]);
}

/// <summary>
/// AUC, average precision, F1, accuracy, Matthews' correlation and kappa of each finding, the first four of their mean too, with intervals
/// over patients.
/// </summary>
internal sealed class AnswerFigures(EvaluationRun run, string task, PatientBootstrap patients, int resamples, ulong seed)
{
    public void Add(IReadOnlyList<ScoredFinding> findings, int images)
    {
        foreach (var f in findings)
        {
            Add(f, "auc", f.Auc);
            Add(f, "average_precision", f.AveragePrecision);
            Add(f, "f1", d => f.F1(d, f.Chosen));
            Add(f, "accuracy", d => f.Accuracy(d, f.Chosen));
            Add(f, "mcc", d => f.MatthewsCorrelation(d, f.Chosen));
            Add(f, "kappa", d => f.Kappa(d, f.Chosen));
            Add(f, "f1_test_chosen", d => f.F1(d, f.TestChosen));
            Add(f, "accuracy_test_chosen", d => f.Accuracy(d, f.TestChosen));
        }

        if (findings.Count < 2)
            return;
        AddMean("auc", (f, d) => f.Auc(d));
        AddMean("average_precision", (f, d) => f.AveragePrecision(d));
        AddMean("f1", (f, d) => f.F1(d, f.Chosen));
        AddMean("accuracy", (f, d) => f.Accuracy(d, f.Chosen));

        void AddMean(string metric, Func<ScoredFinding, int[], double> of) => run.Add(FigureFactory.Create(
            task, "mean", metric,
            patients.ComputeInterval(d => findings.Select(f => of(f, d)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(),
                resamples, seed), images));
    }

    /// <summary>
    /// The AUC of <paramref name="one"/> minus that of <paramref name="other"/> on the same images, both on the same resamples; the
    /// findings are one family.
    /// </summary>
    public void AddDifference(IReadOnlyList<ScoredFinding> one, IReadOnlyList<ScoredFinding> other, string than, int images)
    {
        var differences = new DifferenceFamily(run, task);
        var tests = new PairedTestFigures(run, task);
        foreach (var (a, b) in one.Zip(other))
        {
            run.Add(FigureFactory.Create(task, a.Finding, $"auc_of_{than}", patients.ComputeInterval(b.Auc, resamples, seed), images));
            differences.Add(
                a.Finding, $"to_{than}", patients.TestDifference([], (d, _) => a.Auc(d) - b.Auc(d), resamples, seed), images);
            tests.AddDeLong(a.Finding, $"difference_to_{than}", a.KnownSides(), b.KnownSides());
            tests.AddMcNemar(a.Finding, $"difference_to_{than}", a.AreRight(a.Chosen), b.AreRight(b.Chosen));
        }

        differences.Close();
    }

    private void Add(ScoredFinding f, string metric, Func<int[], double> of) =>
        run.Add(FigureFactory.Create(task, f.Finding, metric, patients.ComputeInterval(of, resamples, seed),
            f.Known(true) + f.Known(false)));
}
