using System.Globalization;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Measures what a judge rejects: real radiographs that it was not trained on, the same ones with faults that it was not trained on, and
/// images generated well and badly.
/// </summary>
internal sealed class JudgeReportEvaluation(DiffusionImageClient images, CurationJudgeClient judges) : IEvaluationTask
{
    private const string Field = "spec.judge_report";

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.JudgeReport;

    public async Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.JudgeReport.Clone();
        SplitFolderFinder.Find(sources.GetFolders($"{Field}.data"), $"{Field}.data");
        foreach (var (i, outside) in sources.GetFolders($"{Field}.outside").Index())
            outside.RequireFolder(string.Create(CultureInfo.InvariantCulture, $"{Field}.outside[{i}]"));
        task.Prompts = EvaluationSpecRules.KnownPrompts(task.Prompts, $"{Field}.prompts");
        task.ImagesPerKind = EvaluationSpecRules.InRange(task.HasImagesPerKind ? task.ImagesPerKind : 300, 4, 5000,
            $"{Field}.images_per_kind");
        task.GeneratedImages = EvaluationSpecRules.InRange(task.HasGeneratedImages ? task.GeneratedImages : 200, 4, 5000,
            $"{Field}.generated_images");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        task.Judge = (await judges.FindAsync(EvaluationSpecRules.Required(task.Judge, $"{Field}.judge"), $"{Field}.judge",
            cancellation)).Name;
        task.Generator = (await images.FindAsync(task.Generator, $"{Field}.generator", cancellation)).Name;
        return new EvaluationSpec { JudgeReport = task };
    }

    public async Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.JudgeReport;
        var judge = await judges.FindAsync(task.Judge, $"{Field}.judge", cancellation);
        var generator = await images.FindAsync(task.Generator, $"{Field}.generator", cancellation);
        run.Add(ModelProducerMapping.ToProducer(judge));
        run.Add(ModelProducerMapping.ToProducer(generator));

        run.Report("reading images", 0, 1);
        var sets = Read(run.Sources, DiffusionImageClient.SideOf(generator), cancellation);
        run.Report("reading images", 1, 1);
        await MeasureRealAsync(run, judge, sets, cancellation);
        await new FaultFigures(judges, judge, sets, task).AddAsync(run, cancellation);
        await MeasureGeneratedAsync(run, judge, generator, cancellation);
        ReportFiles.KeepReport(run);
    }

    private static List<RealImageGroup> Read(EvaluationSources sources, int side, CancellationToken cancellation)
    {
        var data = sources.GetFolders($"{Field}.data");
        var valid = RealImageSet.Read([.. SplitFolderFinder.Find(data, $"{Field}.data").Select(f => f.Valid)], side,
            DataPlace.CreateBoundary(data), $"{Field}.data", cancellation);
        var sets = Enumerable.Range(0, valid.Count).GroupBy(i => valid.GetInfo(i).Source).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new RealImageGroup(g.Key + " valid", [.. g.Select(valid.GetImage)])).ToList();
        foreach (var folder in sources.GetFolders($"{Field}.outside"))
        {
            var outside = RealImageSet.Read([folder.Path], side, folder.Boundary, $"{Field}.outside", cancellation);
            sets.Add(new RealImageGroup(NameOf(folder.Path), [.. Enumerable.Range(0, outside.Count).Select(outside.GetImage)]));
        }

        return sets;
    }

    /// <summary>The folder's name; its parent's where the name says only what the files are.</summary>
    private static string NameOf(string folder)
    {
        var at = new DirectoryInfo(Path.GetFullPath(folder).TrimEnd('/'));
        return at.Name is "png" or "jpg" or "images" && at.Parent is { } parent ? parent.Name : at.Name;
    }

    private async Task MeasureRealAsync(EvaluationRun run, ModelDescription judge, IReadOnlyList<RealImageGroup> sets,
        CancellationToken cancellation)
    {
        var task = run.Spec.JudgeReport;
        var all = new List<double>();
        foreach (var set in sets)
        {
            var accepted = await judges.AssessAllAsync(judge, set.Pngs, "", run, $"judging {set.Name}", cancellation);
            double[] rejected = [.. accepted.Select(a => a ? 0.0 : 1.0)];
            all.AddRange(rejected);
            run.Add(FigureFactory.Create("real", set.Name, "refused", Bootstrap.Mean(rejected, task.Resamples, task.Seed),
                rejected.Length));
        }

        run.Add(FigureFactory.Create("real", "all", "refused", Bootstrap.Mean(all, task.Resamples, task.Seed), all.Count));
    }

    /// <summary>Images generated as usual, in two steps, and with guidance 30, of each class in turn.</summary>
    private async Task MeasureGeneratedAsync(EvaluationRun run, ModelDescription judge, ModelDescription generator,
        CancellationToken cancellation)
    {
        var task = run.Spec.JudgeReport;
        var book = PromptFile.Open(task.Prompts);
        var each = (task.GeneratedImages + book.Classes.Count - 1) / book.Classes.Count;
        var byClass = book.Classes.Select(c => ImageSpecFactory.CreateAll(book, c.Source, c.Finding, generator, task.Seed, each)).ToList();
        var usual = Enumerable.Range(0, each).SelectMany(i => byClass.Select(specs => specs[i])).Take(task.GeneratedImages).ToList();
        var memory = CurationJudgeClient.MemorisationIndexOf(judge, generator.Name);
        if (memory.Length == 0)
            run.AddNote(
                $"{judge.Name} has no index of {generator.Name}'s training images: no generated image is rejected for being memorised.");
        var rows = new List<RenderedImage>();
        foreach (var (name, metric, specs) in Settings(usual))
        {
            var rendered = await images.RenderAllAsync(generator, specs, run, $"rendering {name}", cancellation);
            var accepted = await judges.AssessAllAsync(judge, [.. rendered.Select(d => d.Png)], memory, run, $"judging {name}",
                cancellation);
            double[] values = [.. accepted.Select(a => a == (metric == "accepted") ? 1.0 : 0.0)];
            var figure = FigureFactory.Create("generated", name, metric, Bootstrap.Mean(values, task.Resamples, task.Seed), values.Length);
            run.Add(metric == "accepted" ? figure.AtLeast(0.5).AtMost(0.98) : figure.AtLeast(0.9));
            rows.AddRange(rendered.Take(ReportFiles.Columns));
        }

        run.KeepFile("generated.png", "Generated images: as usual, in two steps, with guidance 30; one row each.", "image/png",
            ReportFiles.ComposeRows([.. rows.Select(r => r.Image)]));
    }

    private static IEnumerable<(string Name, string Metric, IReadOnlyList<ImageSpec> Orders)> Settings(IReadOnlyList<ImageSpec> usual)
    {
        yield return ("default", "accepted", usual);
        yield return ("2 steps", "refused", [.. usual.Select(o => new ImageSpec(o) { Steps = 2 })]);
        yield return ("guidance 30", "refused", [.. usual.Select(o => new ImageSpec(o) { Guidance = 30 })]);
    }
}
