using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Plots;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Tasks.FineTuning;

/// <summary>Measures classifiers that start from a model's image encoder and are trained on a share of the labels.</summary>
internal sealed class FineTuneEvaluation(VisionModelCatalogue models) : IEvaluationTask
{
    private const string Field = "spec.fine_tune", Name = "fine-tune";
    private const double HeldOut = 20;

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.FineTune;

    public Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.FineTune.Clone();
        models.Find(task.Model, $"{Field}.model");
        if (task.Percent.Count == 0)
            task.Percent.Add([1, 10, 100]);
        if (task.Percent.Any(p => !(p > 0 && p <= 100)))
            throw MeshException.Invalid($"{Field}.percent", "each must be above 0 and at most 100");
        if (task.Modes.Count == 0)
            task.Modes.Add([TuningMode.Linear, TuningMode.Full]);
        if (task.Modes.Any(m => m is not (TuningMode.Linear or TuningMode.Full)))
            throw MeshException.Invalid($"{Field}.modes", "each must be linear or full");
        task.Steps = EvaluationSpecRules.InRange(task.HasSteps ? task.Steps : 300, 1, 100_000, $"{Field}.steps");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        if (sources.IsHere($"{Field}.train") && sources.IsHere($"{Field}.test"))
            Split(task, field => sources.ReadWithImages(field, cancellation), _ => { });
        return Task.FromResult(new EvaluationSpec { FineTune = task });
    }

    public Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.FineTune;
        var folder = models.Find(task.Model, $"{Field}.model");
        run.Add(VisionModelCatalogue.ToProducer(folder));
        var (trainStudies, testStudies, findings) = Split(task, field => run.ReadImages(field, cancellation), run.AddNote);
        using var model = VisionModelCatalogue.Load(folder, $"{Field}.model");
        var train = Read(trainStudies, "train", "reading what is learnt from");
        var test = Read(testStudies, "test", "reading what is measured on");
        TrainedOnHashes.CheckOverlap(run, folder, test.Studies, test.Hashes, $"{Field}.test");
        StudyOverlapCheck.ThrowIfOverlapping(test.Studies, test.Hashes, train.Studies, train.Hashes, $"{Field}.test", "to learn from");

        var curves = new List<(string Name, double Percent, ScoredFinding Judged)>();
        using var probe = LinearProbe.Create(model, train, test);
        foreach (var percent in task.Percent)
        {
            var from = PatientShares.SelectShare(train.Studies, percent, task.Seed);
            foreach (var mode in task.Modes)
            {
                cancellation.ThrowIfCancellationRequested();
                var modeName = JsonNamingPolicy.SnakeCaseLower.ConvertName(mode.ToString());
                var name = string.Create(CultureInfo.InvariantCulture, $"{modeName}, {percent} %");
                run.Report(name, 0, 1);
                using var tuned = mode == TuningMode.Full ? VisionModelCatalogue.Load(folder, $"{Field}.model") : null;
                var scores = tuned is null ? probe.Score(train, from)
                    : FullFineTuner.Score(name, tuned, train, from, test, task.Steps, task.Seed, run, cancellation);
                var judged = Add(run, modeName, percent, from.Length, findings, test, scores).ToList();
                ScoreTable.Keep(run, string.Create(CultureInfo.InvariantCulture, $"scores-{modeName}-{percent}-percent").Replace('.', '-'),
                    test.Studies, judged);
                curves.AddRange(judged.Select(j => ($"{j.Finding}, {modeName}", percent, j)));
            }
        }

        run.AddNote("mcc and kappa at a probability of a half; calibration_error: mean gap of probability and truth, in 15 bins.");
        run.KeepFile("shares.svg", "AUC by share of the training patients.", SvgPlot.MediaType, Plot(curves));
        ReportFiles.KeepReport(run);
        return Task.CompletedTask;

        LabelledStudies Read(IReadOnlyList<Study> studies, string part, string phase) => LabelledStudies.Read(
            studies, [.. findings.Select(f => f.ForStudies(studies).Answers)], model.Card.Side, run, phase, $"{Field}.{part}",
            cancellation);
    }

    private static IEnumerable<ScoredFinding> Add(EvaluationRun run, string way, double percent, int learnt,
        IReadOnlyList<FindingQuestion> findings, LabelledStudies test, double[][] scores)
    {
        var task = run.Spec.FineTune;
        var patients = PatientBootstrap.ByPatient([.. test.Studies.Select(s => s.PatientHash ?? "")]);
        run.AddNote(string.Create(CultureInfo.InvariantCulture, $"{way}, {percent} % of the patients: learnt from {learnt} images."));
        var even = new double[test.Studies.Count]; // a logit of 0 is a probability of a half
        for (var k = 0; k < findings.Count; k++)
        {
            var judged = new ScoredFinding(findings[k].Finding, test.Answers[k], scores[k], even, even);
            AddFigure("auc", judged.Auc);
            AddFigure("average_precision", judged.AveragePrecision);
            AddFigure("mcc", d => judged.MatthewsCorrelation(d, even));
            AddFigure("kappa", d => judged.Kappa(d, even));
            AddFigure("calibration_error", judged.LogitCalibrationError);
            yield return judged;

            void AddFigure(string metric, Func<int[], double> of) => run.Add(FigureFactory.Create(
                Name, judged.Finding, string.Create(CultureInfo.InvariantCulture, $"{metric}_{way}_{percent}_percent"),
                patients.ComputeInterval(of, task.Resamples, task.Seed), judged.Known(true) + judged.Known(false)));
        }
    }

    /// <exception cref="MeshException">INVALID_FIELD: an empty split, or findings that the test part lacks.</exception>
    private static (IReadOnlyList<Study> Train, IReadOnlyList<Study> Test, IReadOnlyList<FindingQuestion> Findings) Split(FineTuneTask task,
        Func<string, StudySet> readImages, Action<string> note)
    {
        var read = readImages($"{Field}.train");
        var (train, test) = (read.Studies, (IReadOnlyList<Study>)[]);
        if (task.Test is not null)
        {
            test = readImages($"{Field}.test").Studies;
        }
        else
        {
            var (held, rest) = PatientShares.HoldOut(read.Studies, HeldOut, task.Seed);
            if (rest.Length == 0)
                throw MeshException.Invalid($"{Field}.train",
                    "has only one patient: once a fifth of the patients is held out, nobody is left to train on");
            (train, test) = ([.. rest.Select(i => read.Studies[i])], [.. held.Select(i => read.Studies[i])]);
            note(string.Create(CultureInfo.InvariantCulture,
                $"No test set was named: {held.Length} images of a fifth of the patients were held out."));
        }

        var questions = FindingQuestion.CreateAll(train, PromptPairSet.Empty, [], $"{Field}.findings", $"{Field}.train", _ => { });
        var both = questions.Where(q => q.ForStudies(test).HasBoth).ToList();
        return both.Count > 0 ? (train, test, both) : throw MeshException.Invalid($"{Field}.test",
            $"needs images with and images without one of the {questions.Count} findings of the data that are learnt from");
    }

    private static byte[] Plot(List<(string Name, double Percent, ScoredFinding Judged)> curves) => SvgPlot.Lines(
        "AUC by share of the training patients", "log10 of the share in percent", "AUC",
        [.. curves.GroupBy(c => c.Name)
            .Select(g => new PlotLine(g.Key,
                [.. g.Select(c => (Math.Log10(c.Percent), c.Judged.Auc([.. Enumerable.Range(0, c.Judged.Scores.Length)])))]))],
                up: (0.4, 1));
}
