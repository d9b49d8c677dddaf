using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Faults;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Real radiographs of one source.</summary>
internal sealed record RealImageGroup(string Name, IReadOnlyList<GrayImage> Images)
{
    public IReadOnlyList<byte[]> Pngs => [.. Images.Select(ImageCodec.EncodePng)];
}

/// <summary>
/// Both error rates by kind and strength. The same radiographs are spoilt for every kind and strength, sampled evenly from the sets;
/// `good_refused` is the rate on them unspoilt, so that kinds compare pair by pair.
/// </summary>
internal sealed class FaultFigures(CurationJudgeClient judges, ModelDescription judge, IReadOnlyList<RealImageGroup> sets,
    JudgeReportTask task)
{
    private const int Middle = 1;
    private const double Wanted = 0.93;

    public async Task AddAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var side = sets[0].Images[0].Width;
        var good = SampleGoodImages();
        var rejectedGood = await RejectedAsync(run, "good ones", [.. good.Select(g => PixelConversion.ToImage(g, side))], cancellation);
        run.Add(FigureFactory.Create("faults", "none", "good_refused", Bootstrap.Mean(rejectedGood, task.Resamples, task.Seed),
            rejectedGood.Length));
        var rejected = new Dictionary<(string Kind, int Strength), double[]>();
        var sheet = new List<GrayImage>();
        for (var strength = 0; strength < TestFaults.Strengths.Count; strength++)
        {
            foreach (var fault in TestFaults.All)
            {
                var spoilt = ApplyFault(fault, strength, good, side);
                rejected[(fault.Name, strength)] = await RejectedAsync(run, $"{fault.Name}, {TestFaults.Strengths[strength]}", spoilt,
                    cancellation);
                sheet.Add(spoilt[0]);
            }
        }

        Add(run, rejectedGood, rejected);
        run.KeepFile(
            "faults.png", $"The kinds of fault ({string.Join(", ", TestFaults.All.Select(f => f.Name))}) at three strengths, one row each.",
            "image/png",
            ImageCodec.EncodePng(ContactSheet.Compose(sheet, TestFaults.All.Count,
                [.. Enumerable.Range(0, sheet.Count).Select(i => TestFaults.All[i % TestFaults.All.Count].Name)])));
    }

    private void Add(EvaluationRun run, double[] rejectedGood, Dictionary<(string Kind, int Strength), double[]> rejected)
    {
        foreach (var fault in TestFaults.All)
        {
            for (var strength = 0; strength < TestFaults.Strengths.Count; strength++)
            {
                double[] missed = [.. rejected[(fault.Name, strength)].Select(r => 1 - r)];
                run.Add(FigureFactory.Create("faults", fault.Name, $"missed_{TestFaults.Strengths[strength]}",
                    Bootstrap.Mean(missed, task.Resamples, task.Seed), missed.Length));
            }

            run.Add(FigureFactory.Create("faults", fault.Name, "balanced_accuracy_middle",
                BalancedAccuracy(rejectedGood, [rejected[(fault.Name, Middle)]]), rejectedGood.Length));
        }

        double[][] middle = [.. TestFaults.All.Select(f => rejected[(f.Name, Middle)])];
        run.Add(FigureFactory.Create("faults", "all", "balanced_accuracy_middle", BalancedAccuracy(rejectedGood, middle),
            rejectedGood.Length)
            .AtLeast(Wanted));
    }

    /// <summary>Mean of the shares of good and of spoilt images that are judged correctly; all kinds have the same weight.</summary>
    private ConfidenceInterval BalancedAccuracy(double[] rejectedGood, IReadOnlyList<double[]> rejected) => Bootstrap.Percentile(
        [rejectedGood.Length],
        d => (d[0].Average(i => 1 - rejectedGood[i]) + rejected.Average(kind => d[0].Average(i => kind[i]))) / 2,
        task.Resamples,
        task.Seed);

    private async Task<double[]> RejectedAsync(EvaluationRun run, string what, IReadOnlyList<GrayImage> images,
        CancellationToken cancellation)
    {
        var accepted = await judges.AssessAllAsync(judge, [.. images.Select(ImageCodec.EncodePng)], "", run, $"judging {what}",
            cancellation);
        return [.. accepted.Select(a => a ? 0.0 : 1.0)];
    }

    private List<float[]> SampleGoodImages() => [.. Enumerable.Range(0, task.ImagesPerKind).Select(i =>
    {
        var set = sets[i % sets.Count];
        return PixelConversion.ToUnitPixels(
            set.Images[RandomSource.Create(task.Seed, "good " + set.Name, 0)
                .Permutation(set.Images.Count)[i / sets.Count % set.Images.Count]]);
    })];

    private List<GrayImage> ApplyFault(TestFault fault, int strength, List<float[]> good, int side) => [.. good.Select((image, i) =>
    {
        var random = RandomSource.Create(task.Seed, $"{fault.Name} {TestFaults.Strengths[strength]}", i);
        return PixelConversion.ToImage(fault.Apply(image, side, strength, () => good[random.NextInt(good.Count)], random), side);
    })];
}
