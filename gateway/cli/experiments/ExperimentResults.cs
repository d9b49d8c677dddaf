using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>What came out, in the order in which it did.</summary>
/// <param name="data">Folder of the real radiographs.</param>
/// <param name="nih">NIH ChestX-ray14, or null.</param>
internal sealed class ExperimentResults(ExperimentSize size, string data, RealDataSplit? nih)
{
    public ExperimentSize Size => size;

    public List<(string Variant, ImageReportDataset Dataset)> Datasets { get; } = [];

    public List<(ExperimentRun Run, TrainingRun Training)> Trainings { get; } = [];

    /// <summary>Every step of each training, by the name of its run.</summary>
    public Dictionary<string, IReadOnlyList<CurvePoint>> Curves { get; } = new(StringComparer.Ordinal);

    public List<(string Setup, string Recipe, Evaluation Evaluation)> Comparisons { get; } = [];

    /// <summary>Real and synthetic radiographs and reports held against each other.</summary>
    public Evaluation? Distribution { get; set; }

    public IEnumerable<Evaluation> Evaluations => Comparisons.Select(c => c.Evaluation).Concat(Distribution is { } d ? [d] : []);

    /// <summary>A text for others to read: paths of this machine are named by what they are.</summary>
    public string ReplaceLocalPaths(string text)
    {
        if (nih is not null)
            text = text.Replace(nih.Train.Labels, "NIH-LABELS", StringComparison.Ordinal).Replace(Path.GetDirectoryName(nih.Train.Name)!,
                "NIH", StringComparison.Ordinal);
        foreach (var (variant, dataset) in Datasets)
            text = text.Replace(dataset.Location, $"DATASET-{variant}", StringComparison.Ordinal)
                .Replace(dataset.Name, $"DATASET-{variant}", StringComparison.Ordinal);
        return text.Replace(data, "DATA", StringComparison.Ordinal);
    }

    /// <summary>One that several comparisons share is kept once.</summary>
    public void Add(string variant, ImageReportDataset dataset)
    {
        if (Datasets.TrueForAll(d => d.Dataset.Name != dataset.Name))
            Datasets.Add((variant, dataset));
    }

    public void Add(ExperimentRun run, TrainingRun training)
    {
        if (Trainings.All(t => t.Training.Name != training.Name))
            Trainings.Add((run, training));
    }

    public void Add(string setup, string recipe, Evaluation evaluation) => Comparisons.Add((setup, recipe, evaluation));

    /// <summary>One row an arm: the AUC of each finding with its interval, by how much it differs from the first arm, and how
    /// likely that is by chance.</summary>
    public static IEnumerable<IReadOnlyList<string>> ComparisonRows(Evaluation comparison)
    {
        foreach (var group in comparison.Spec.Comparison.Groups)
        {
            foreach (var finding in comparison.Figures.Select(f => f.Finding).Distinct())
            {
                yield return
                [
                    group.Name, finding, HtmlPageBuilder.FormatFigure(FindFigure(comparison, finding, $"auc_{group.Name}")),
                    HtmlPageBuilder.FormatFigure(FindFigure(comparison, finding, $"auc_difference_{group.Name}")),
                    HtmlPageBuilder.FormatFigure(FindFigure(comparison, finding, $"p_holm_difference_{group.Name}")),
                    FindFigure(comparison, finding, $"auc_deviation_{group.Name}") is { } spread
                        ? spread.Value.ToString("0.000", CultureInfo.InvariantCulture) : "",
                ];
            }
        }
    }

    public JsonObject ToJson() => new()
    {
        ["size"] = size.Name,
        ["runs"] = Trainings.Count,
        ["roots"] = new JsonObject([.. Datasets.Select(d => KeyValuePair.Create(d.Variant, (JsonNode?)d.Dataset.Root))]),
        ["results"] = new JsonArray([.. Comparisons.SelectMany(c => c.Evaluation.Figures.Select(f => (JsonNode)new JsonObject
        {
            ["setup"] = c.Setup,
            ["recipe"] = c.Recipe,
            ["finding"] = f.Finding,
            ["metric"] = f.Metric,
            ["value"] = f.Value,
            ["low"] = f.HasLow ? f.Low : null,
            ["high"] = f.HasHigh ? f.High : null,
            ["n"] = f.N,
        }))]),
    };

    private static Figure? FindFigure(Evaluation comparison, string finding, string metric) =>
        comparison.Figures.FirstOrDefault(f => f.Finding == finding && f.Metric == metric);
}
