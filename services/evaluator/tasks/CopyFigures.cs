using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Does the generator copy: the share of images whose nearest training image is above the judge's memorisation threshold, beside that of
/// real held-out images.
/// </summary>
internal static class CopyFigures
{
    private const string Question = "copies";
    private const double Most = 0.01;
    private const int Shown = 32;

    public static void Add(GeneratorBench bench, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var (task, run) = (bench.Task, bench.Run);
        run.Report("nearest training images", 0, 1);
        var threshold = CurationJudgeClient.MemorisedThreshold(bench.Judge);
        var samples = bench.AllGeneratedImages.ToList();
        var nearest = NearestRowSearch.Find([.. samples.Select(s => s.Feature)], bench.TrainFeatures);
        var real = NearestRowSearch.Find(bench.ValidFeatures, bench.TrainFeatures);
        double[] Copies(NearestRow[] found) => [.. found.Select(n => n.Cosine >= threshold ? 1.0 : 0)];

        run.Add(FigureFactory.Create(Question, "generated", "near_copies", Bootstrap.Mean(Copies(nearest), task.Resamples, task.Seed), nearest.Length).AtMost(Most));
        run.Add(FigureFactory.Create(Question, "real valid", "near_copies", Bootstrap.Mean(Copies(real), task.Resamples, task.Seed), real.Length));
        run.Add(FigureFactory.Create(Question, "judge", "memorised_threshold", threshold, 0));
        foreach (var (name, found) in new[] { ("generated", nearest), ("real valid", real) })
            run.Add(FigureFactory.Create(Question, name, "median_nearest_cosine", Bootstrap.Quantile([.. found.Select(n => n.Cosine).Order()], 0.5), found.Length));
        KeepPairs(bench, samples, nearest);
        run.Report("nearest training images", 1, 1);
    }

    private static void KeepPairs(GeneratorBench bench, List<GeneratedImage> samples, NearestRow[] nearest)
    {
        var closest = Enumerable.Range(0, samples.Count).OrderByDescending(i => nearest[i].Cosine).Take(Shown).ToList();
        GrayImage[] pairs = [.. closest.Select(i => ContactSheet.Compose([samples[i].Rendered.Image, bench.Train.GetImage(nearest[i].Index)], 2))];
        var first = nearest[closest[0]].Cosine;
        bench.Run.KeepFile(
            "nearest.png",
            FormattableString.Invariant($"The {closest.Count} generated images that are nearest to a training image, each left of it; cosine from {first:0.000} down to {nearest[closest[^1]].Cosine:0.000}."),
            "image/png",
            ImageCodec.EncodePng(ContactSheet.Compose(pairs, 8)));
    }
}
