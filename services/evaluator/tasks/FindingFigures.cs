using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Metrics;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Whether the generator obeys each finding that its card lists: images of a report about the finding alone against images of its opposite.
/// It obeys where the AUC of a classifier of real images is at least 0.9 of its AUC on held-out real images, and both are above chance with
/// their whole interval. A finding that no classifier recognises is not measured.
/// </summary>
internal sealed class FindingFigures(GeneratorBench bench)
{
    private const string Question = "finding";
    private const double Share = 0.9, Chance = 0.5;
    private const int FewestReal = 4;

    /// <summary>The findings of the model's card that can be measured.</summary>
    public IReadOnlyList<PromptFinding> Choose() =>
        [.. bench.Prompts.Findings.Where(
            f => bench.Sources.Any(s => s.Name == f.Source) && bench.Generator.Depicts.Contains(f.Finding)
                && RealAuc(f) is { Low: > Chance })];

    public void Add(IReadOnlyList<PromptFinding> measured)
    {
        var task = bench.Task;
        var run = bench.Run;
        var obeyed = new List<string>();
        foreach (var f in measured)
        {
            var (real, generated) = (RealScores(f), GeneratedScores(f));
            var auc = RocAuc.WithInterval(generated.Yes, generated.No, task.Resamples, task.Seed);
            var ratio = Obedience.Ratio(generated, real, task.Resamples, task.Seed);
            var figure = FigureFactory.Create(Question, $"{f.Finding} ({f.Source})", "auc_ratio", ratio,
                generated.Yes.Length + generated.No.Length)
                .AtLeast(Share);
            figure.Holds &= auc.Low > Chance;
            run.Add(figure);
            if (figure.Holds && !obeyed.Contains(f.Finding))
                obeyed.Add(f.Finding);
        }

        var claimed = bench.Generator.Depicts.Where(d => !d.StartsWith("anatomy/", StringComparison.Ordinal)).ToList();
        var unknown = claimed.Where(d => measured.All(f => f.Finding != d)).ToList();
        if (unknown.Count > 0)
            run.AddNote(
                $"Not measured, because no classifier of the held-out images ({FewestReal} with it at least) is above chance: "
                    + $"{string.Join(", ", unknown)}.");
        run.AddDepicted(bench.Generator.Depicts.Where(d => obeyed.Contains(d)));
    }

    /// <summary>The real classifier's AUC on held-out images; null if there are too few.</summary>
    private ConfidenceInterval? RealAuc(PromptFinding f)
    {
        if (bench.Valid.FindIndices(f.Source, f.Shows).Length < FewestReal
            || bench.Valid.FindIndices(f.Source, f.Unlike).Length < FewestReal)
            return null;
        var (yes, no) = RealScores(f);
        return RocAuc.WithInterval(yes, no, bench.Task.Resamples, bench.Task.Seed);
    }

    private (double[] Yes, double[] No) RealScores(PromptFinding f) =>
        (bench.ValidScores(f.Source, f.Shows, f), bench.ValidScores(f.Source, f.Unlike, f));

    private (double[] Yes, double[] No) GeneratedScores(PromptFinding f) =>
        (Score(f, Small(f.Source, f.Finding)), Score(f, Small(f.Source, f.Against)));

    private float[][] Small(string source, string finding) =>
        [.. bench.GetGeneratedImages(source, finding, bench.Task.ImagesPerFinding).Select(s => s.Small)];

    private double[] Score(PromptFinding f, float[][] images) => bench.ClassifierOf(f.Source).Score(images, f.Shows, f.Unlike);
}
