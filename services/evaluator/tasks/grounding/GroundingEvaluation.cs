using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.Grounding;

/// <summary>Measures how well a model locates findings from prompts alone, on images that show them.</summary>
internal sealed class GroundingEvaluation(VisionModelCatalogue models) : IEvaluationTask
{
    private const string Field = "spec.grounding", Name = "grounding";
    private static readonly double[] _cuts = [.. Enumerable.Range(1, 19).Select(i => i / 20.0)];

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.Grounding;

    public Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.Grounding.Clone();
        models.Find(task.Model, $"{Field}.model");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        if (sources.IsHere($"{Field}.data"))
            CheckFindings(task, MarkedFindings(sources.ReadWithImages($"{Field}.data", cancellation).Studies));
        return Task.FromResult(new EvaluationSpec { Grounding = task });
    }

    private static void CheckFindings(GroundingTask task, List<string> found)
    {
        for (var i = 0; i < task.Findings.Count; i++)
        {
            if (!found.Contains(FindingSynonyms.Normalise(task.Findings[i])))
                throw MeshException.Invalid($"{Field}.findings[{i}]",
                    $"'{EchoedText.Shorten(task.Findings[i])}' is not marked in any image; {found.Count} other findings are");
        }

        if (found.Count == 0)
            throw MeshException.Invalid($"{Field}.data", "grounding needs images with a box or a mask; the data has none");
    }

    public Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.Grounding;
        var folder = models.Find(task.Model, $"{Field}.model");
        run.Add(VisionModelCatalogue.ToProducer(folder));
        var data = run.ReadImages($"{Field}.data", cancellation);
        run.AddNote(
            string.Create(CultureInfo.InvariantCulture,
                $"Only images that show the finding count. dice and iou: cut of the best mean Dice on the other half of the patients; "
                    + $"_test_chosen: of these very images, as earlier work reports. {GroundingMaps.Side} x "
                    + $"{GroundingMaps.Side} points."));
        using var model = VisionModelCatalogue.Load(folder, $"{Field}.model");
        var prompts = PromptPairSet.Open(folder, $"{Field}.model");
        var trained = TrainedOnHashes.Open(folder);
        foreach (var finding in task.Findings.Count > 0
            ? [.. task.Findings.Select(FindingSynonyms.Normalise)] : MarkedFindings(data.Studies))
        {
            var shown = data.Studies.Select(s => (Study: s, Mask: StudyMarks.MaskOf(s, finding, GroundingMaps.Side, $"{Field}.data")))
                .Where(s => s.Mask is not null && StudyMarks.Findings(s.Study).Contains(finding)).ToList();
            if (shown.Count == 0)
                throw MeshException.Invalid($"{Field}.data",
                    string.Create(CultureInfo.InvariantCulture,
                        $"every mark of '{EchoedText.Shorten(finding)}' is too small: at {GroundingMaps.Side} x {GroundingMaps.Side} "
                            + $"pixels none covers a single one"));
            var studies = shown.Select(s => s.Study).ToList();
            var (maps, hashes) = GroundingMaps.Create(model, prompts.ForFinding(finding) with { Finding = finding }, studies, run,
                $"{Field}.data", cancellation);
            trained?.ThrowIfSeen(studies, hashes, folder.Card.Name, $"{Field}.data");
            Add(run, finding, studies, maps, [.. shown.Select(s => s.Mask!)]);
        }

        ReportFiles.KeepReport(run);
        return Task.CompletedTask;
    }

    private static List<string> MarkedFindings(IReadOnlyList<Study> studies) =>
        [.. studies.SelectMany(StudyMarks.Findings).Distinct().Order(StringComparer.Ordinal)];

    private static void Add(EvaluationRun run, string finding, List<Study> studies, float[][] maps, bool[][] masks)
    {
        var task = run.Spec.Grounding;
        var patients = PatientBootstrap.ByPatient([.. studies.Select(s => s.PatientHash ?? "")]);
        double[] hits = [.. maps.Zip(masks, (map, mask) => PointingGame.Hits(map, mask) ? 1.0 : 0.0)];
        double[] chance = [.. masks.Select(m => m.Count(p => p) / (double)m.Length)];
        // By cut, then by image.
        MaskOverlap[][] overlaps = [
            .. _cuts.Select(cut => maps.Zip(masks, (map, mask) => MaskOverlap.Compare([.. map.Select(v => v >= cut)], mask)).ToArray())];
        int[] half = [.. studies.Select(s => (int)(RandomSource.Create(task.Seed, "half " + (s.PatientHash ?? s.Id), 0).NextUInt64() & 1))];
        int[] chosen = [.. half.Select(h => BestThreshold(overlaps, Others(half, h)))];
        var best = BestThreshold(overlaps, [.. Enumerable.Range(0, maps.Length)]);
        Figure("pointing_game", i => hits[i]);
        Figure("pointing_game_of_chance", i => chance[i]);
        Figure("dice", i => overlaps[chosen[i]][i].DiceScore);
        Figure("iou", i => overlaps[chosen[i]][i].Iou);
        Figure("dice_test_chosen", i => overlaps[best][i].DiceScore);
        Figure("iou_test_chosen", i => overlaps[best][i].Iou);

        void Figure(string metric, Func<int, double> of) =>
            run.Add(FigureFactory.Create(Name, finding, metric, patients.ComputeInterval(d => d.Average(of), task.Resamples, task.Seed),
                maps.Length));
    }

    /// <summary>The images of the other half; all images where there is none.</summary>
    private static int[] Others(int[] half, int own) =>
        half.Any(h => h != own) ? [.. Enumerable.Range(0, half.Length).Where(i => half[i] != own)] : [.. Enumerable.Range(0, half.Length)];

    private static int BestThreshold(MaskOverlap[][] overlaps, int[] images) =>
        Enumerable.Range(0, overlaps.Length).MaxBy(c => images.Average(i => overlaps[c][i].DiceScore));
}
