using SynCxr.Mesh.Evaluator.Metrics;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Is it diverse: manifold precision and recall, and the distance between images of one prompt compared with that of real images of one
/// class.
/// </summary>
internal static class DiversityFigures
{
    private const string Question = "diverse";
    private const double Wanted = 0.7;

    public static void Add(GeneratorBench bench, CancellationToken cancellation)
    {
        foreach (var source in bench.Sources.Where(s => bench.ClassesOf(s.Name).Count > 0))
        {
            cancellation.ThrowIfCancellationRequested();
            bench.Run.Report($"diversity, {source.Name}", 0, 1);
            AddManifold(bench, source.Name);
            AddPairwise(bench, source.Name);
            bench.Run.Report($"diversity, {source.Name}", 1, 1);
        }
    }

    private static void AddManifold(GeneratorBench bench, string source)
    {
        var task = bench.Task;
        var run = bench.Run;
        var classes = bench.ClassesOf(source);
        var mix = ClassMix.Create(bench, classes);
        var valid = bench.Valid.FindIndices(source, [.. classes.Select(c => c.Label)]).Select(i => bench.ValidFeatures[i]).ToList();
        foreach (var (name, features) in new[] { ("generated", mix.GeneratedFeatures(bench)),
            ("real train", mix.RealIndices(bench, swapped: false).Select(i => bench.TrainFeatures[i]).ToList()) })
        {
            if (Math.Min(valid.Count, features.Count) < ManifoldCoverage.FewestRows())
            {
                run.AddNote($"{source}: {valid.Count} held-out and {features.Count} other images are too few for precision, recall, "
                    + "density and coverage.");
                return;
            }

            AddMean("precision", ManifoldCoverage.Covered(features, valid));
            AddMean("recall", ManifoldCoverage.Covered(valid, features));
            AddMean("density", ManifoldCoverage.Density(features, valid));
            AddMean("coverage", ManifoldCoverage.Filled(features, valid));

            void AddMean(string metric, double[] values) => run.Add(FigureFactory.Create(
                Question, $"{source} {name}", metric, Bootstrap.Mean(values, task.Resamples, task.Seed), values.Length));
        }
    }

    private static void AddPairwise(GeneratorBench bench, string source)
    {
        var task = bench.Task;
        var run = bench.Run;
        var classes = bench.ClassesOf(source);
        var prompts = classes.SelectMany(
            c => bench.GetGeneratedImages(source, c.Finding, task.ImagesPerClass).GroupBy(s => s.Rendered.Prompt))
            .Select(g => (IReadOnlyList<float[]>)[.. g.Select(s => s.Feature)]).Where(g => g.Count > 1).ToList();
        var labels = classes.Select(
            c => (IReadOnlyList<float[]>)[.. bench.Valid.FindIndices(source, [c.Label]).Select(i => bench.ValidFeatures[i])])
            .Where(g => g.Count > 1).ToList();
        if (prompts.Count == 0 || labels.Count == 0)
        {
            run.AddNote($"{source}: no distance between images of one prompt, because each prompt and class needs at least two.");
            return;
        }

        var (generated, real) = (new PairwiseDistance(prompts), new PairwiseDistance(labels));
        var interval = Bootstrap.Percentile([.. generated.Sizes, .. real.Sizes],
            d => generated.ForSample(d[..prompts.Count]) / real.ForSample(d[prompts.Count..]), task.Resamples, task.Seed);
        run.Add(FigureFactory.Create(Question, $"{source} real, one class", "mean_distance", real.Value, real.Sizes.Sum()));
        run.Add(FigureFactory.Create(Question, $"{source} generated, one prompt", "mean_distance", generated.Value, generated.Sizes.Sum()));
        run.Add(FigureFactory.Create(Question, $"{source} generated, one prompt", "mean_distance_ratio", interval, generated.Sizes.Sum())
            .AtLeast(Wanted));
    }
}
