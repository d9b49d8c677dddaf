using System.Text.Json;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Scores;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics.Goldens;

/// <summary>Figures of scores and labels against what scikit-learn and torchmetrics say.</summary>
public sealed class ScoreGoldenTests
{
    private const string Name = "metrics-goldens";
    private const double Float64 = 1e-9, Float32 = 1e-5;

    [GoldenFact("metrics-goldens")]
    public void Scores_TiesOneClassAndNoNumber_AreAsScikitLearnAndTorchmetrics()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var cases = from row in folder.ReadList("scores.jsonl")
                    from entry in row.EnumerateObject()
                    where entry.Value.ValueKind == JsonValueKind.Object
                    let isAtThreshold = entry.Name.StartsWith("at_", StringComparison.Ordinal)
                    from figure in isAtThreshold ? [.. entry.Value.EnumerateObject()] : new[] { entry }
                    select (Row: row, Entry: entry.Name, Figure: figure);
        GoldenCases.Run($"{Name}/scores", cases,
            c => $"{Text(c.Row)}:{c.Entry}{(c.Figure.Name == c.Entry ? "" : ":" + c.Figure.Name)}",
            c => Check(c.Row, c.Entry, c.Figure));
    }

    [GoldenFact("metrics-goldens")]
    public void MultilabelAverages_FourLabels_AreAsScikitLearn()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var metrics = new Dictionary<string, Func<double[], double[], double>>
        {
            ["roc_auc"] = (yes, no) => yes.Length > 0 && no.Length > 0 ? RocAuc.Calculate(yes, no) : double.NaN,
            ["average_precision"] = (yes, no) => PrecisionRecallCurve.Create(yes, no).AveragePrecision,
            ["f1_at_0.5"] = (yes, no) => ConfusionCounts.AtThreshold(0.5, yes, no).F1,
        };
        var cases = from row in folder.ReadList("multilabel.jsonl")
                    from metric in metrics
                    from average in row.GetProperty(metric.Key).EnumerateObject()
                    select (Row: row, Metric: metric.Key, Average: average);
        GoldenCases.Run($"{Name}/multilabel", [.. cases, .. folder.ReadList("multilabel.jsonl").SelectMany(row => row.EnumerateObject()
            .Where(e => e.Name == "macro_with_an_empty_label").Select(e => (Row: row, Metric: "roc_auc", Average: e)))],
            c => $"{c.Metric}:{c.Average.Name}", c =>
        {
            bool[][] answers = [.. c.Row.GetProperty("y").EnumerateArray()
                .Select(y => y.EnumerateArray().Select(v => v.GetInt32() == 1).ToArray())];
            double[][] scores = [.. c.Row.GetProperty("score").EnumerateArray().Select(LibraryAnswer.ToDoubles)];
            var metric = metrics[c.Metric];
            var averages = new MultilabelAverages(answers, scores);
            if (c.Average.Name == "none")
            {
                foreach (var (theirs, ours) in LibraryAnswer.ToDoubles(c.Average.Value.GetProperty("value")).Zip(averages.Each(metric)))
                    LibraryAnswer.CheckClose(theirs, ours, Float64);
                return;
            }

            LibraryAnswer.Check(c.Average.Value, () => c.Average.Name switch
            {
                "macro" => averages.Macro(metric),
                "micro" => averages.Micro(metric),
                "weighted" => averages.Weighted(metric),
                "samples" => averages.Samples(metric),
                _ => new MultilabelAverages([.. answers.Select(a => (bool[])[.. a[..^1], false])], scores).Macro(metric),
            }, Float64);
        });
    }

    [GoldenFact("metrics-goldens")]
    public void ConfusionMatrix_TwoRaters_AgreesAsScikitLearnSays()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        string[] figures = ["None", "linear", "quadratic", "mcc", "accuracy"];
        var cases = from row in folder.ReadList("kappa.jsonl") from figure in figures select (Row: row, Figure: figure);
        GoldenCases.Run($"{Name}/kappa", cases, c => $"{Text(c.Row)}:{c.Figure}", c =>
        {
            string[] Labels(string rater) => [.. c.Row.GetProperty(rater).EnumerateArray().Select(v => v.ToString())];
            var matrix = ConfusionMatrix.Count(Labels("a"), Labels("b"), StringComparer.Ordinal);
            LibraryAnswer.Check(c.Row.GetProperty(c.Figure), () => c.Figure switch
            {
                "linear" => matrix.Kappa(KappaWeights.Linear),
                "quadratic" => matrix.Kappa(KappaWeights.Quadratic),
                "mcc" => matrix.MatthewsCorrelation,
                "accuracy" => matrix.Accuracy,
                _ => matrix.Kappa(),
            }, Float64);
        });
    }

    private static void Check(JsonElement row, string entry, JsonProperty figure)
    {
        var scores = LibraryAnswer.ToDoubles(row.GetProperty("score"));
        var truth = row.GetProperty("y").EnumerateArray().Select(v => v.GetInt32() == 1).ToList();
        double[] yes = [.. scores.Where((_, i) => truth[i])], no = [.. scores.Where((_, i) => !truth[i])];
        var tolerance = Text(row) == "float32" ? Float32 : Float64;
        var answer = figure.Value;
        switch (entry)
        {
            case "roc_curve" or "roc_curve_all":
                CheckLists(answer, ["fpr", "tpr", "thresholds"], () =>
                {
                    var curve = RocCurve.Create(yes, no);
                    return [.. (entry == "roc_curve" ? curve.WithoutEvenSteps() : curve).Points
                        .Select(p => new[] { p.FalsePositiveRate, p.TruePositiveRate, p.Threshold })];
                });
                break;
            case "pr_curve":
                CheckLists(answer, ["precision", "recall", "thresholds"],
                    () => [.. PrecisionRecallCurve.Create(yes, no).Points.Select(p => new[] { p.Precision, p.Recall, p.Threshold })]);
                break;
            case "youden_first":
                CheckFields(answer, ["threshold", "tpr", "fpr"], () =>
                {
                    var best = RocCurve.Create(yes, no).BestYouden();
                    return [best.Threshold, best.TruePositiveRate, best.FalsePositiveRate];
                });
                break;
            case "best_f1_first":
                CheckFields(answer, ["threshold", "f1"], () =>
                {
                    var threshold = ConfusionCounts.BestF1Threshold(yes, no);
                    return [threshold, ConfusionCounts.AtThreshold(threshold, yes, no).F1];
                });
                break;
            case var at when at.StartsWith("at_", StringComparison.Ordinal):
                CheckAtThreshold(answer, figure.Name,
                    double.Parse(at[3..], System.Globalization.CultureInfo.InvariantCulture), yes, no);
                break;
            default:
                LibraryAnswer.Check(answer, () => Calculate(entry, yes, no), tolerance);
                break;
        }
    }

    private static double Calculate(string figure, double[] yes, double[] no)
    {
        var parts = figure.Split('_'); // torchmetrics_calibration_15_l1
        return figure switch
        {
            "roc_auc" => RocAuc.Calculate(yes, no),
            "average_precision" => PrecisionRecallCurve.Create(yes, no).AveragePrecision,
            "auprc_trapezoid" => PrecisionRecallCurve.Create(yes, no).LinearArea,
            "partial_auc_0.2" => RocCurve.Create(yes, no).PartialArea(0.2),
            "brier" => ProbabilityScores.Brier(yes, no),
            "log_loss" => ProbabilityScores.LogLoss(yes, no),
            _ when parts[^1] == "l1" => Calibration().Expected,
            _ when parts[^1] == "l2" => Calibration().RootMeanSquare,
            _ when parts[^1] == "max" => Calibration().Largest,
            _ => throw new InvalidDataException($"no such figure: {figure}"),
        };

        CalibrationError Calibration() =>
            CalibrationError.Calculate(yes, no, int.Parse(parts[^2], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void CheckAtThreshold(JsonElement answer, string figure, double threshold, double[] yes, double[] no)
    {
        if (yes.Concat(no).Any(double.IsNaN)) // NumPy calls it below every threshold; a score that is not a number is refused here
        {
            Assert.Throws<ArgumentException>(() => ConfusionCounts.AtThreshold(threshold, yes, no));
            return;
        }

        if (figure == "confusion_tn_fp_fn_tp" && LibraryAnswer.Value(answer) is { } counts)
        {
            var at = ConfusionCounts.AtThreshold(threshold, yes, no);
            Assert.Equal(counts.EnumerateArray().Select(v => v.GetInt32()),
                [at.TrueNegatives, at.FalsePositives, at.FalseNegatives, at.TruePositives]);
            return;
        }

        LibraryAnswer.Check(answer, () =>
        {
            var at = ConfusionCounts.AtThreshold(threshold, yes, no);
            return figure switch
            {
                "accuracy_score" => at.Accuracy,
                "f1_score" => at.F1,
                "balanced_accuracy_score" => at.BalancedAccuracy,
                "matthews_corrcoef" => at.ToMatrix().MatthewsCorrelation,
                "cohen_kappa_score" => at.ToMatrix().Kappa(),
                "precision_score" => at.Precision,
                "recall_score" => at.Recall,
                _ => throw new InvalidDataException($"no such figure: {figure}"),
            };
        }, Float64);
    }

    /// <summary>Lists of one number a point. The last threshold of a precision-recall curve is left out there.</summary>
    private static void CheckLists(JsonElement answer, string[] names, Func<double[][]> compute)
    {
        if (LibraryAnswer.Value(answer) is not { } value)
        {
            Assert.Throws<ArgumentException>(compute);
            return;
        }

        var ours = compute();
        for (var k = 0; k < names.Length; k++)
        {
            var theirs = LibraryAnswer.ToDoubles(value.GetProperty(names[k]));
            Assert.True(theirs.Length == ours.Length || (names[k] == "thresholds" && theirs.Length == ours.Length - 1),
                $"{ours.Length} points here and {theirs.Length} there");
            for (var i = 0; i < theirs.Length; i++)
                LibraryAnswer.CheckClose(theirs[i], ours[i][k], Float64);
        }
    }

    private static void CheckFields(JsonElement answer, string[] names, Func<double[]> compute)
    {
        if (LibraryAnswer.Value(answer) is not { } value)
        {
            Assert.Throws<ArgumentException>(compute);
            return;
        }

        foreach (var (name, ours) in names.Zip(compute()))
            LibraryAnswer.CheckClose(LibraryAnswer.ToDouble(value.GetProperty(name)), ours, Float64);
    }

    private static string Text(JsonElement row) => row.GetProperty("name").GetString()!;
}
