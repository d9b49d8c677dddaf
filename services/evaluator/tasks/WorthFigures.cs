using SynCxr.Mesh.Evaluator.Classifiers;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Peers;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Is it worth training on: a classifier trained on generated images only, equally many of each class, measured on held-out real ones. With
/// curation it is trained on images that the judge accepts, without it on equally many of all, the first ones.
/// </summary>
internal static class WorthFigures
{
    private const string Question = "worth";
    private const double Wanted = 0.9;

    public static async Task AddAsync(GeneratorBench bench, CancellationToken cancellation)
    {
        foreach (var source in bench.Sources)
        {
            var classes = bench.ClassesOf(source.Name);
            if (classes.Count > 1)
                await AddAsync(bench, source, classes, cancellation);
        }
    }

    private static async Task AddAsync(GeneratorBench bench, PromptSource source, IReadOnlyList<PromptClass> classes,
        CancellationToken cancellation)
    {
        var task = bench.Task;
        var run = bench.Run;
        var all = classes.Select(c => bench.GetGeneratedImages(source.Name, c.Finding, task.TrainingImagesPerClass)).ToList();
        var kept = new List<GeneratedImage[]>();
        var memory = CurationJudgeClient.MemorisationIndexOf(bench.Judge, bench.Generator.Name);
        foreach (var samples in all)
        {
            var accepted = await bench.Judges.AssessAllAsync(bench.Judge, [.. samples.Select(s => s.Rendered.Png)], memory, run,
                "judging generated images", cancellation);
            kept.Add([.. samples.Where((_, i) => accepted[i])]);
        }

        double[] shares = [.. all.Zip(kept, (a, k) => a.Select(s => k.Contains(s) ? 1.0 : 0)).SelectMany(s => s)];
        run.Add(FigureFactory.Create(Question, source.Name, "accepted_by_curation", Bootstrap.Mean(shares, task.Resamples, task.Seed),
            shares.Length));
        var each = kept.Min(k => k.Length);
        if (each < 2)
        {
            run.AddNote($"{source.Name}: curation leaves {each} images of some class, too few to train on.");
            return;
        }

        using var with = Train(bench, source, classes, kept, each, "classifier of curated images", cancellation);
        using var without = Train(bench, source, classes, all, each, "classifier of all images", cancellation);
        IReadOnlyList<string> healthy = [classes[0].Label];
        IReadOnlyList<string> ill = [.. classes.Skip(1).Select(c => c.Label)];
        Compare(bench, source.Name, $"{classes[0].Label} vs rest", with, without, ill, healthy, wanted: true);
        if (classes.Count == 3)
            Compare(bench, source.Name, $"{classes[1].Label} vs {classes[2].Label}", with, without, [classes[2].Label], [classes[1].Label],
                wanted: false);
    }

    private static LabelClassifier Train(
        GeneratorBench bench, PromptSource source, IReadOnlyList<PromptClass> classes, IReadOnlyList<GeneratedImage[]> samples, int each,
        string name, CancellationToken cancellation)
    {
        var images = samples.SelectMany(s => s.Take(each)).Select(s => s.Small).ToList();
        var answers = classes.SelectMany(c => Enumerable.Repeat(source.Labels.Select(l => l == c.Label).ToArray(), each)).ToList();
        return LabelClassifier.Train(
            name, new LabelledImages(source.Labels, images, answers), ImageClassifierConfig.Tiny(source.Labels.Count),
            bench.Steps(images.Count), bench.Task.Seed, bench.Run, cancellation);
    }

    private static void Compare(
        GeneratorBench bench, string source, string name, LabelClassifier with, LabelClassifier without, IReadOnlyList<string> shows,
        IReadOnlyList<string> unlike, bool wanted)
    {
        var task = bench.Task;
        var run = bench.Run;
        var (yes, no) = (bench.ValidImages(source, shows), bench.ValidImages(source, unlike));
        var n = yes.Length + no.Length;
        var real = Scores(bench.ClassifierOf(source));
        var curated = Scores(with);
        var plain = Scores(without);
        (double[] Yes, double[] No) Scores(LabelClassifier c) => (c.Score(yes, shows, unlike), c.Score(no, shows, unlike));
        double Auc((double[] Yes, double[] No) scores, int[][] d) =>
            RocAuc.Calculate(RocAuc.PickValues(scores.Yes, d[0]), RocAuc.PickValues(scores.No, d[1]));

        run.Add(FigureFactory.Create(Question, name, "auc_trained_on_real",
            RocAuc.WithInterval(real.Yes, real.No, task.Resamples, task.Seed), n));
        var figure = FigureFactory.Create(Question, name, "auc_trained_on_generated",
            RocAuc.WithInterval(plain.Yes, plain.No, task.Resamples, task.Seed), n);
        run.Add(wanted ? figure.AtLeast(Wanted) : figure);
        run.Add(FigureFactory.Create(Question, name, "auc_trained_on_curated",
            RocAuc.WithInterval(curated.Yes, curated.No, task.Resamples, task.Seed), n));
        var gain = FigureFactory.Create(Question, name, "gain_of_curation",
            Bootstrap.PairedDifference([yes.Length, no.Length], d => Auc(curated, d), d => Auc(plain, d), task.Resamples, task.Seed), n);
        // Curation does no harm as far as is known: the interval reaches 0.
        (gain.AtLeast, gain.Holds) = (0, gain.High >= 0);
        run.Add(gain);
        new PairedTestFigures(run, Question).AddDeLong(name, "gain_of_curation", plain, curated);
    }
}
