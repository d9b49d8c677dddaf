using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Torch.Data;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>
/// Is it like real: distances to held-out real images in the judge's feature space. Every set that is compared has the same number of
/// images, with the class proportions of the held-out ones. Floor: real training images. Ceilings: the same blurred, noised, and with
/// healthy and ill classes swapped.
/// </summary>
internal static class LikenessFigures
{
    private const string Question = "like_real";
    private const double Sigma = 0.1, TimesFloor = 3;
    private const int Subsets = 50;

    public static async Task AddAsync(GeneratorBench bench, CancellationToken cancellation)
    {
        foreach (var source in bench.Sources)
        {
            var classes = bench.ClassesOf(source.Name);
            if (classes.Count == 0)
                continue;
            var mix = ClassMix.Create(bench, classes);
            var sets = new List<(string Name, IReadOnlyList<float[]> Features)>
            {
                ("generated", mix.GeneratedFeatures(bench)),
                ("real train", mix.RealIndices(bench, swapped: false).Select(i => bench.TrainFeatures[i]).ToList()),
            };
            sets.AddRange(await CeilingFeaturesAsync(bench, mix, cancellation));
            var valid = bench.Valid.FindIndices(source.Name, [.. classes.Select(c => c.Label)]).Select(i => bench.ValidFeatures[i])
                .ToList();
            AddDistances(bench, source.Name, sets, valid);
        }
    }

    private static async Task<List<(string, IReadOnlyList<float[]>)>> CeilingFeaturesAsync(GeneratorBench bench, ClassMix mix,
        CancellationToken cancellation)
    {
        var real = mix.RealIndices(bench, swapped: false);
        var ceilings = new List<(string, IReadOnlyList<float[]>)>
        {
            ("blurred",
                await SpoiltFeaturesAsync(bench, real, (p, side, i) => ImageAugmentation.GaussianBlur(p, side, side / 64.0),
                    "features of blurred images", cancellation)),
            ("noised",
                await SpoiltFeaturesAsync(bench, real,
                    (p, side, i) => AddNoise(p, RandomSource.Create(bench.Task.Seed, "ceiling noise", i)), "features of noised images",
                    cancellation)),
        };
        if (mix.Classes.Count > 1)
            ceilings.Add(("class-swapped", mix.RealIndices(bench, swapped: true).Select(i => bench.TrainFeatures[i]).ToList()));
        return ceilings;
    }

    private static Task<float[][]> SpoiltFeaturesAsync(GeneratorBench bench, List<int> indices, Func<float[], int, int, float[]> spoil,
        string phase, CancellationToken cancellation)
    {
        var pngs = indices.Select((index, i) =>
        {
            var image = bench.Train.GetImage(index);
            return ImageCodec.EncodePng(PixelConversion.ToImage(spoil(PixelConversion.ToUnitPixels(image), image.Width, i), image.Width));
        }).ToList();
        return bench.FeaturesAsync(pngs, phase, cancellation);
    }

    private static float[] AddNoise(float[] image, RandomSource random) =>
        [.. image.Select(v => (float)Math.Clamp(v + Sigma * random.NextNormal(), 0, 1))];

    private static void AddDistances(GeneratorBench bench, string source, List<(string Name, IReadOnlyList<float[]> Features)> sets,
        List<float[]> valid)
    {
        var task = bench.Task;
        var run = bench.Run;
        var kernels = new List<ConfidenceInterval>();
        for (var i = 0; i < sets.Count; i++)
        {
            run.Report($"distances, {source}", i, sets.Count);
            kernels.Add(new KernelDistance(sets[i].Features, valid).WithInterval(task.Resamples, task.Seed));
        }

        var floor = kernels[1];
        // A floor of 0 has no multiple: then the bound is a multiple of its interval's upper end.
        var most = TimesFloor * (floor.Value > 0 ? floor.Value : floor.High);
        for (var i = 0; i < sets.Count; i++)
        {
            var figure = FigureFactory.Create(Question, $"{source} {sets[i].Name}", "kernel_distance", kernels[i], sets[i].Features.Count);
            run.Add(i == 0 ? figure.AtMost(most) : figure);
        }

        foreach (var (name, features) in sets)
            run.Add(FigureFactory.Create(Question, $"{source} {name}", "frechet_distance",
                FrechetDistance.WithInterval(features, valid, Math.Min(100, task.Resamples), task.Seed), features.Count));
        var size = Math.Min(100, Math.Min(valid.Count, sets[0].Features.Count));
        run.Add(FigureFactory.Create(Question, $"{source} generated", "kernel_distance_subsets",
            new KernelDistance(sets[0].Features, valid).OverSubsets(Subsets, size, task.Seed), sets[0].Features.Count));
    }
}
