using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Plots;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>
/// Compares groups of models, zero-shot on the same radiographs. A group is one recipe under several seeds, and differs from the others in
/// one thing, as the training data; its figure is the mean over its models, the interval is over patients and over those models. The p
/// values of all differences are corrected as one family.
/// </summary>
internal sealed class ComparisonEvaluation(VisionModelCatalogue models) : IEvaluationTask
{
    private const string Field = "spec.comparison", Name = "comparison";
    private const int MostGroups = 8, MostModels = 16;

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.Comparison;

    public Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.Comparison.Clone();
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        EvaluationSpecRules.InRange(task.Groups.Count, 2, MostGroups, $"{Field}.groups");
        for (var g = 0; g < task.Groups.Count; g++)
        {
            var group = task.Groups[g];
            var at = FormattableString.Invariant($"{Field}.groups[{g}]");
            EvaluationSpecRules.Required(group.Name, $"{at}.name");
            if (task.Groups.Take(g).Any(other => other.Name == group.Name))
                throw MeshException.Invalid($"{at}.name", $"'{EchoedText.Shorten(group.Name)}' is the name of two groups");
            EvaluationSpecRules.InRange(group.Models.Count, 1, MostModels, $"{at}.models");
            for (var m = 0; m < group.Models.Count; m++)
                models.Find(group.Models[m], FormattableString.Invariant($"{at}.models[{m}]"));
        }

        if (sources.IsHere($"{Field}.data"))
            FindingQuestion.CreateAll(sources.ReadWithImages($"{Field}.data", cancellation).Studies,
                PromptPairSet.Open(models.Find(task.Groups[0].Models[0], Field), Field), task.Findings, $"{Field}.findings",
                $"{Field}.data", _ => { });
        return Task.FromResult(new EvaluationSpec { Comparison = task });
    }

    public Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.Comparison;
        var data = run.ReadImages($"{Field}.data", cancellation);
        run.AddNote(EvaluationSources.Describe("Measured on", data));
        var groups = task.Groups.Select(
            (g, i) => new Group(g.Name,
                [.. g.Models.Select(
                    (m, k) => ScoreModel(run, models.Find(m, FormattableString.Invariant($"{Field}.groups[{i}].models[{k}]")), data.Studies,
                        cancellation))])).ToList();
        var patients = PatientBootstrap.ByPatient([.. data.Studies.Select(s => s.PatientHash ?? "")]);
        var differences = new DifferenceFamily(run, Name);
        foreach (var finding in groups[0].Findings)
        {
            foreach (var group in groups)
                Add(run, group, groups[0], finding, patients, data.Studies.Count, differences);
        }

        differences.Close();
        run.AddNote(
            $"auc_X: mean over the models of a group; auc_difference_X: by how much it is above that of '{groups[0].Name}', both on the "
                + $"same resamples of patients; auc_deviation_X: standard deviation over the models of a group.");
        run.AddNote(
            $"Intervals are over patients and, where a group has several models, over its models ({CountModels(groups)}). A group of one "
                + "model says nothing of another seed's, and no interval says how much another data set of the same recipe would differ.");
        run.KeepFile("comparison.svg", "AUC of each group with its 95 % interval.", SvgPlot.MediaType,
            IntervalPlot.Render(run.Current.Figures, [.. groups.Select(g => g.Name)]));
        ReportFiles.KeepReport(run);
        return Task.CompletedTask;
    }

    private static string CountModels(List<Group> groups) => string.Join(", ", groups.Select(g => $"{g.Name}: {g.Models.Count}"));

    private static void Add(EvaluationRun run, Group group, Group first, string finding, PatientBootstrap patients, int images,
        DifferenceFamily differences)
    {
        var task = run.Spec.Comparison;
        run.Add(FigureFactory.Create(Name, finding, $"auc_{group.Name}",
            patients.ComputeInterval([group.Models.Count], (d, runs) => group.Auc(finding, d, runs[0]), task.Resamples, task.Seed),
            images));
        if (group != first)
        {
            differences.Add(finding, group.Name, patients.TestDifference([group.Models.Count, first.Models.Count],
                (d, runs) => group.Auc(finding, d, runs[0]) - first.Auc(finding, d, runs[1]), task.Resamples, task.Seed), images);
            if (group.Models.Count == 1 && first.Models.Count == 1)
                new PairedTestFigures(run, Name).AddDeLong(
                    finding, $"difference_{group.Name}", group.FindScores(finding).KnownSides(), first.FindScores(finding).KnownSides());
        }

        if (group.Models.Count > 1)
            run.Add(FigureFactory.Create(Name, finding, $"auc_deviation_{group.Name}",
                group.Deviation(finding, [.. Enumerable.Range(0, images)]), images));
    }

    private static IReadOnlyList<ScoredFinding> ScoreModel(EvaluationRun run, ModelFolder folder, IReadOnlyList<Study> studies,
        CancellationToken cancellation)
    {
        var task = run.Spec.Comparison;
        run.Add(VisionModelCatalogue.ToProducer(folder));
        using var model = VisionModelCatalogue.Load(folder, $"{Field}.groups");
        var questions = FindingQuestion.CreateAll(studies, PromptPairSet.Open(folder, $"{Field}.groups"), task.Findings,
            $"{Field}.findings", $"{Field}.data", _ => { });
        var scores = PromptScores.Compute(model, studies, [.. questions.Select(q => q.Prompts)], run, $"{folder.Card.Name}: comparing",
            $"{Field}.data", cancellation);
        TrainedOnHashes.CheckOverlap(run, folder, studies, scores.Hashes, $"{Field}.data");
        return [.. questions.Select(q =>
        {
            var own = scores.FindScores(q.Finding);
            return new ScoredFinding(q.Finding, q.Answers, own, own, own);
        })];
    }

    /// <summary>The scores of a group's models.</summary>
    private sealed record Group(string Name, IReadOnlyList<IReadOnlyList<ScoredFinding>> Models)
    {
        public IReadOnlyList<string> Findings => [.. Models[0].Select(j => j.Finding)];

        /// <summary>Of the first model.</summary>
        public ScoredFinding FindScores(string finding) => Models[0].First(j => j.Finding == finding);

        /// <param name="models">Numbers of models; one may be there twice.</param>
        public double Auc(string finding, int[] indices, int[] models)
        {
            var each = models.Distinct().ToDictionary(m => m, m => Models[m].First(j => j.Finding == finding).Auc(indices));
            return models.Average(m => each[m]);
        }

        public double Deviation(string finding, int[] indices)
        {
            var each = Each(finding, indices);
            return Math.Sqrt(each.Sum(a => (a - each.Average()) * (a - each.Average())) / (each.Length - 1));
        }

        private double[] Each(string finding, int[] indices) => [.. Models.Select(m => m.First(j => j.Finding == finding).Auc(indices))];
    }
}
