using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Measures a generator: are its images like real ones, do they show what was asked for, can a classifier learn from them, are they
/// diverse, are they copies.
/// </summary>
internal sealed class GeneratorReportEvaluation(DiffusionImageClient images, CurationJudgeClient judges) : IEvaluationTask
{
    private const string Field = "spec.generator_report";

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.GeneratorReport;

    public async Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.GeneratorReport.Clone();
        SplitFolderFinder.Find(sources.GetFolders($"{Field}.data"), $"{Field}.data");
        task.Prompts = EvaluationSpecRules.KnownPrompts(task.Prompts, $"{Field}.prompts");
        task.ImagesPerClass = EvaluationSpecRules.InRange(task.HasImagesPerClass ? task.ImagesPerClass : 200, 4, 2000,
            $"{Field}.images_per_class");
        task.ImagesPerFinding = EvaluationSpecRules.InRange(task.HasImagesPerFinding ? task.ImagesPerFinding : 48, 4, 2000,
            $"{Field}.images_per_finding");
        task.TrainingImagesPerClass = EvaluationSpecRules.InRange(task.HasTrainingImagesPerClass ? task.TrainingImagesPerClass : 400, 4,
            5000, $"{Field}.training_images_per_class");
        task.ClassifierSteps = EvaluationSpecRules.InRange(task.HasClassifierSteps ? task.ClassifierSteps : 1200, 1, 100_000,
            $"{Field}.classifier_steps");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        task.Generator = (await images.FindAsync(EvaluationSpecRules.Required(task.Generator, $"{Field}.generator"), $"{Field}.generator",
            cancellation)).Name;
        task.Judge = (await judges.FindAsync(task.Judge, $"{Field}.judge", cancellation)).Name;
        return new EvaluationSpec { GeneratorReport = task };
    }

    public async Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.GeneratorReport;
        var generator = await images.FindAsync(task.Generator, $"{Field}.generator", cancellation);
        var judge = await judges.FindAsync(task.Judge, $"{Field}.judge", cancellation);
        run.Add(ModelProducerMapping.ToProducer(generator));
        run.Add(ModelProducerMapping.ToProducer(judge));

        using var bench = new GeneratorBench(run, generator, judge, images, judges);
        bench.ReadImages($"{Field}.data", cancellation);
        bench.TrainOnReal(cancellation);
        var findings = new FindingFigures(bench).Choose();
        await bench.RenderAsync(findings, cancellation);
        await bench.EmbedAsync(cancellation);

        await LikenessFigures.AddAsync(bench, cancellation);
        ObedienceFigures.Add(bench);
        await WorthFigures.AddAsync(bench, cancellation);
        DiversityFigures.Add(bench, cancellation);
        CopyFigures.Add(bench, cancellation);
        new FindingFigures(bench).Add(findings);
        bench.KeepContactSheet();
        ReportFiles.KeepReport(run);
    }
}
