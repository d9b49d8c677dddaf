using System.Globalization;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.V1;
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
        var task = bench.Task;
        var run = bench.Run;
        run.Report("nearest training images", 0, 1);
        var threshold = CurationJudgeClient.MemorisedThreshold(bench.Judge);
        var samples = bench.AllGeneratedImages.ToList();
        var nearest = NearestRowSearch.Find([.. samples.Select(s => s.Feature)], bench.TrainFeatures);
        var real = NearestRowSearch.Find(bench.ValidFeatures, bench.TrainFeatures);
        run.Add(NearCopies("generated", nearest).AtMost(Most));
        run.Add(NearCopies("real valid", real));
        run.Add(FigureFactory.Create(Question, "judge", "memorised_threshold", threshold, 0));
        run.Add(MedianCosine("generated", nearest));
        run.Add(MedianCosine("real valid", real));
        KeepPairs(bench, samples, nearest);
        run.Report("nearest training images", 1, 1);

        Figure NearCopies(string name, NearestRow[] found)
        {
            double[] copies = [.. found.Select(n => n.Cosine >= threshold ? 1.0 : 0)];
            return FigureFactory.Create(
                Question, name, "near_copies", Bootstrap.Mean(copies, task.Resamples, task.Seed), found.Length);
        }

        static Figure MedianCosine(string name, NearestRow[] found) => FigureFactory.Create(
            Question, name, "median_nearest_cosine", Bootstrap.Quantile([.. found.Select(n => n.Cosine).Order()], 0.5), found.Length);
    }

    private static void KeepPairs(GeneratorBench bench, List<GeneratedImage> samples, NearestRow[] nearest)
    {
        var closest = Enumerable.Range(0, samples.Count).OrderByDescending(i => nearest[i].Cosine).Take(Shown).ToList();
        GrayImage[] pairs =
        [
            .. closest.Select(i => ContactSheet.Compose([samples[i].Rendered.Image, bench.Train.GetImage(nearest[i].Index)], 2)),
        ];
        var highest = nearest[closest[0]].Cosine;
        var lowest = nearest[closest[^1]].Cosine;
        bench.Run.KeepFile(
            "nearest.png",
            string.Create(
                CultureInfo.InvariantCulture,
                $"The {closest.Count} generated images that are nearest to a training image, each left of it; "
                    + $"cosine from {highest:0.000} down to {lowest:0.000}."),
            "image/png",
            ImageCodec.EncodePng(ContactSheet.Compose(pairs, 8)));
    }
}
