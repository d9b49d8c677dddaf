using System.Globalization;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>Writes the page of an experiment: comparisons, distribution, trainings and specs.</summary>
internal static class ExperimentPageWriter
{
    private static readonly string[] _columns =
        ["arm", "finding", "AUC (95 %)", "difference to the first arm (95 %)", "p (Holm)", "deviation over seeds"];

    /// <param name="files">Plots by the names of their artifacts.</param>
    public static string Write(ExperimentResults results, IReadOnlyDictionary<string, byte[]> files)
    {
        var page = new HtmlPageBuilder(
            "Real, synthetic, or both?",
            string.Create(CultureInfo.InvariantCulture,
                $"ConVIRT and GLoRIA, trained from scratch in equal steps on real radiographs, on synthetic pairs and on both, "
                    + $"{results.Size.Seeds} seeds each; zero-shot on held-out real radiographs. Size: {results.Size.Name}."));
        page.AddWarning(
            "The generator that rendered the synthetic radiographs and the judge that curated them were trained on the same real "
                + "radiographs "
                + "as the real arm. The synthetic arm is therefore not free of real data: the question is whether images and reports "
                + "made from "
                + "them are worth as much.");
        foreach (var (setup, recipe, evaluation) in results.Comparisons)
        {
            page.AddHeading($"{setup}: {recipe}");
            page.AddTable(
                "Zero-shot AUC, mean over seeds; intervals by bootstrap over patients and seeds, differences paired on the same patients; "
                    + "p is corrected by Holm's method for all differences of this table",
                _columns, ExperimentResults.ComparisonRows(evaluation));
            AddPlots(page, evaluation, files);
            foreach (var note in evaluation.Notes)
                page.AddParagraph(results.ReplaceLocalPaths(note));
        }

        if (results.Distribution is { } distribution)
        {
            page.AddHeading("How far apart the data are");
            page.AddTable("Real against synthetic", ["what", "figure", "value (95 %)"],
                distribution.Figures.Select(f => new[] { f.Finding, f.Metric.Replace('_', ' '), HtmlPageBuilder.FormatFigure(f) }));
            AddPlots(page, distribution, files);
        }

        page.AddHeading("Training");
        foreach (var recipe in results.Trainings.GroupBy(t => t.Run.Recipe))
            page.AddPlot(LossCurvePlot.Render(recipe.Key, results, [.. recipe]),
                $"{recipe.Key}: loss of the batches, averaged over the last steps, and of the held-out pairs.");
        page.AddTable(
            "Every model", ["model", "steps", "last loss", "digest"],
            results.Trainings.Select(t => (t.Training, Last: results.Curves[t.Training.Name] is [.., var last] ? last : null))
                .Select(t => new[]
            {
                t.Training.Spec.ModelName, $"{t.Last?.Step}", t.Last?.Loss.ToString("0.000", CultureInfo.InvariantCulture) ?? "",
                t.Training.ModelDigest[..12],
            }));
        page.AddHeading("Do it again");
        page.AddParagraph(
            $"syncxr experiment real-vs-synthetic{(results.Size == ExperimentSize.Default ? "" : $" --{results.Size.Name}")} --data "
                + $"FOLDER{(results.Size == ExperimentSize.Full ? " [--nih FOLDER --nih-labels TABLE]" : "")}, with the specs below; the "
                + $"same specs give the same roots and, on one kind of processor and one number of threads, the same weights.");
        foreach (var (variant, dataset) in results.Datasets)
            page.AddListing($"data set {variant}: root {dataset.Root}", ProtoYaml.Write(dataset.Spec));
        foreach (var (run, training) in results.Trainings)
            page.AddListing($"training {training.Spec.ModelName}", results.ReplaceLocalPaths(ProtoYaml.Write(training.Spec)));
        return page.ToString();
    }

    private static void AddPlots(HtmlPageBuilder page, Evaluation evaluation, IReadOnlyDictionary<string, byte[]> files)
    {
        foreach (var artifact in evaluation.Artifacts.Where(a => files.ContainsKey(a.Name)))
            page.AddPlot(files[artifact.Name], artifact.Title);
    }
}
