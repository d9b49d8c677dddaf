using System.Text.Json;
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
/// Measures how well a vision–language model recognises findings from prompts alone, on labelled radiographs that it was not trained on.
/// </summary>
internal sealed class ZeroShotEvaluation(VisionModelCatalogue models) : IEvaluationTask
{
    private const string Field = "spec.zero_shot", Name = "zero-shot";
    private static readonly JsonSerializerOptions _indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.ZeroShot;

    public Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.ZeroShot.Clone();
        var model = models.Find(task.Model, $"{Field}.model");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        if (task.Against.Length > 0)
            models.Find(task.Against, $"{Field}.against");
        if (sources.IsHere($"{Field}.data"))
            FindingQuestion.CreateAll(sources.ReadWithImages($"{Field}.data", cancellation).Studies,
                PromptPairSet.Open(model, $"{Field}.model"), task.Findings, $"{Field}.findings", $"{Field}.data", _ => { });
        if (task.Validation is not null && sources.IsHere($"{Field}.validation"))
            sources.ReadWithImages($"{Field}.validation", cancellation);
        return Task.FromResult(new EvaluationSpec { ZeroShot = task });
    }

    public Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.ZeroShot;
        var data = run.ReadImages($"{Field}.data", cancellation);
        var valid = task.Validation is null ? null : run.ReadImages($"{Field}.validation", cancellation);
        run.AddNote(EvaluationSources.Describe("Measured on", data));
        run.AddNote(valid is null
            ? "f1 and accuracy: thresholds of the best F1 on one half of the patients judge the other half; _test_chosen: one threshold, "
            + "of the best F1 on these very images, as earlier work reports."
            : "f1 and accuracy: the threshold of the best F1 on the validation set; _test_chosen: the one of the best F1 on these very "
            + "images, as earlier work reports.");

        var (judged, questions) = ScoreModel(run, models.Find(task.Model, $"{Field}.model"), data.Studies, valid?.Studies, run.AddNote,
            cancellation);
        var patients = PatientBootstrap.ByPatient([.. data.Studies.Select(s => s.PatientHash ?? "")]);
        var figures = new AnswerFigures(run, Name, patients, task.Resamples, task.Seed);
        figures.Add(judged, data.Studies.Count);
        if (task.Against.Length > 0)
        {
            var other = models.Find(task.Against, $"{Field}.against");
            var (theirs, _) = ScoreModel(run, other, data.Studies, valid?.Studies, _ => { }, cancellation);
            figures.AddDifference(judged, theirs, other.Card.Name, data.Studies.Count);
        }

        run.KeepFile("prompts.json", "The prompts of each finding, and the AUC of each pair of wordings alone.", "application/json",
            JsonSerializer.SerializeToUtf8Bytes(questions, _indented));
        run.KeepFile("roc.svg", "ROC curves.", SvgPlot.MediaType, RocPlot.Render(judged));
        ScoreTable.Keep(run, "scores", data.Studies, judged);
        ReportFiles.KeepReport(run);
        return Task.CompletedTask;
    }

    private static (IReadOnlyList<ScoredFinding> Judged, object Prompts) ScoreModel(
        EvaluationRun run, ModelFolder folder, IReadOnlyList<Study> studies, IReadOnlyList<Study>? validation, Action<string> note,
        CancellationToken cancellation)
    {
        var task = run.Spec.ZeroShot;
        run.Add(VisionModelCatalogue.ToProducer(folder));
        using var model = VisionModelCatalogue.Load(folder, $"{Field}.model");
        var questions = FindingQuestion.CreateAll(studies, PromptPairSet.Open(folder, $"{Field}.model"), task.Findings, $"{Field}.findings",
            $"{Field}.data", note);
        PromptPair[] prompts = [.. questions.Select(q => q.Prompts)];
        var scores = PromptScores.Compute(model, studies, prompts, run, $"{folder.Card.Name}: comparing", $"{Field}.data", cancellation);
        TrainedOnHashes.CheckOverlap(run, folder, studies, scores.Hashes, $"{Field}.data");
        var tuned = validation is null ? null : PromptScores.Compute(model, validation, prompts, run, $"{folder.Card.Name}: thresholds",
            $"{Field}.validation", cancellation);
        if (tuned is not null)
            StudyOverlapCheck.ThrowIfOverlapping(validation!, tuned.Hashes, studies, scores.Hashes, $"{Field}.validation", "to measure on");
        var patients = studies.Select(s => s.PatientHash ?? "").ToList();
        ScoredFinding[] judged = [.. questions.Select(q =>
        {
            var own = scores.FindScores(q.Finding);
            var chosen = tuned is null
                ? ScoreThresholds.CrossFitted(own, q.Answers, patients, task.Seed)
                : ScoreThresholds.FromValidation(tuned.FindScores(q.Finding), q.ForStudies(validation!).Answers, studies.Count);
            return new ScoredFinding(q.Finding, q.Answers, own, chosen, ScoreThresholds.FromTest(own, q.Answers));
        })];
        return (judged, questions.Select(q => new
        {
            finding = q.Finding,
            positive = q.Prompts.Positive,
            negative = q.Prompts.Negative,
            auc_of_each_pair = scores.FindPairs(q.Finding)
                .Select(s => Math.Round(new ScoredFinding(q.Finding, q.Answers, s, s, s).Auc(q.Known), 4)),
        }));
    }
}
