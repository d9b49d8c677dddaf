using SynCxr.Mesh.Evaluator.Classifiers;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Metrics;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Does it obey: how well a classifier of real images separates images generated with and without a finding, compared with held-out real
/// images. Beside it the AUC of border, aspect and brightness alone, so that a shortcut shows.
/// </summary>
internal static class ObedienceFigures
{
    private const string Question = "obeys";

    public static void Add(GeneratorBench bench)
    {
        foreach (var comparison in bench.Prompts.Comparisons.Where(c => bench.Sources.Any(s => s.Name == c.Source)))
            Add(bench, comparison);
    }

    private static void Add(GeneratorBench bench, PromptComparison c)
    {
        var task = bench.Task;
        var run = bench.Run;
        var classifier = bench.ClassifierOf(c.Source);
        var with = bench.ValidImages(c.Source, c.Shows);
        var without = bench.ValidImages(c.Source, c.Unlike);
        float[][] asked = [.. bench.GetGeneratedImages(c.Source, c.Finding, task.ImagesPerClass).Select(s => s.Small)];
        float[][] opposite = [.. bench.GetGeneratedImages(c.Source, c.Against, task.ImagesPerClass).Select(s => s.Small)];
        double[] Score(float[][] images) => classifier.Score(images, c.Shows, c.Unlike);
        var generated = (Yes: Score(asked), No: Score(opposite));
        run.Add(FigureFactory.Create(Question, c.Name, "auc", RocAuc.WithInterval(generated.Yes, generated.No, task.Resamples, task.Seed),
            asked.Length + opposite.Length));
        AddShortcut(bench, c, (asked, opposite), (with, without));
        if (with.Length == 0 || without.Length == 0)
        {
            run.AddNote($"{c.Name}: {with.Length} held-out images with it and {without.Length} without have no AUC.");
            return;
        }

        var real = (Yes: Score(with), No: Score(without));
        run.Add(FigureFactory.Create(Question, c.Name, "auc_real", RocAuc.WithInterval(real.Yes, real.No, task.Resamples, task.Seed),
            with.Length + without.Length));
        var ratio = FigureFactory.Create(Question, c.Name, "auc_ratio", Obedience.Ratio(generated, real, task.Resamples, task.Seed),
            asked.Length + opposite.Length);
        run.Add(c.Floor > 0 ? ratio.AtLeast(c.Floor) : ratio);
    }

    private static void AddShortcut(GeneratorBench bench, PromptComparison c, (float[][] Yes, float[][] No) generated,
        (float[][] Yes, float[][] No) real)
    {
        var task = bench.Task;
        var run = bench.Run;
        float[][] Train(IReadOnlyList<string> labels) => [.. bench.Train.FindIndices(c.Source, labels).Select(bench.Train.GetSmall)];
        var shortcut = ShortcutClassifier.Fit(Train(c.Shows), Train(c.Unlike));
        run.Add(FigureFactory.Create(Question, c.Name, "auc_shortcut",
            RocAuc.WithInterval(shortcut.Score(generated.Yes), shortcut.Score(generated.No), task.Resamples, task.Seed),
            generated.Yes.Length + generated.No.Length));
        if (real.Yes.Length > 0 && real.No.Length > 0)
            run.Add(FigureFactory.Create(Question, c.Name, "auc_shortcut_real",
                RocAuc.WithInterval(shortcut.Score(real.Yes), shortcut.Score(real.No), task.Resamples, task.Seed),
                real.Yes.Length + real.No.Length));
    }
}

/// <summary>The AUC on generated images divided by that on real ones.</summary>
internal static class Obedience
{
    public static ConfidenceInterval Ratio((double[] Yes, double[] No) generated, (double[] Yes, double[] No) real, int resamples,
        ulong seed) => Bootstrap.Percentile(
        [generated.Yes.Length, generated.No.Length, real.Yes.Length, real.No.Length],
        d => RocAuc.Calculate(RocAuc.PickValues(generated.Yes, d[0]),
            RocAuc.PickValues(generated.No, d[1])) / RocAuc.Calculate(RocAuc.PickValues(real.Yes, d[2]), RocAuc.PickValues(real.No, d[3])),
        resamples,
        seed);
}
