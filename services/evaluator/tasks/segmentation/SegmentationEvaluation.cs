using System.Globalization;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Masks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.Segmentation;

/// <summary>
/// Measures how well a U-Net on a model's image encoder segments what masks mark. Patients are split into parts; each part is measured by a
/// network trained on the others, and no setting is tuned on it.
/// </summary>
internal sealed class SegmentationEvaluation(VisionModelCatalogue models) : IEvaluationTask
{
    private const string Field = "spec.segmentation", Name = "segmentation", Finding = "mask";
    private const double NewMean = 0.5, NewDeviation = 0.25;
    private const int Sides = 32, MostShown = 24, ReadAtOnce = 16;

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.Segmentation;

    public Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.Segmentation.Clone();
        task.Folds = EvaluationSpecRules.InRange(task.HasFolds ? task.Folds : 5, 2, 20, $"{Field}.folds");
        task.Steps = EvaluationSpecRules.InRange(task.HasSteps ? task.Steps : 600, 1, 100_000, $"{Field}.steps");
        task.Side = EvaluationSpecRules.InRange(task.HasSide ? task.Side : 128, 64, 512, $"{Field}.side");
        if (task.Side % Sides != 0)
            throw MeshException.Invalid($"{Field}.side", $"is {task.Side}; it must be a multiple of {Sides}");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 1000, 20, 100_000, $"{Field}.resamples");
        if (task.Model.Length > 0)
            models.Find(task.Model, $"{Field}.model");
        if (sources.IsHere($"{Field}.data"))
            CheckMasks(task, sources.ReadWithImages($"{Field}.data", cancellation));
        return Task.FromResult(new EvaluationSpec { Segmentation = task });
    }

    private static void CheckMasks(SegmentationTask task, StudySet data)
    {
        if (data.Studies.FirstOrDefault(s => s.MaskFile is null && s.MaskRuns is null) is { } bare)
            throw MeshException.Invalid($"{Field}.data",
                $"'{EchoedText.Shorten(bare.Id)}' has no mask; choose a layout that reads masks: masks or siim");
        PatientFolds.Split(data.Studies, task.Folds, task.Seed, $"{Field}.folds");
    }

    public Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.Segmentation;
        var data = run.ReadImages($"{Field}.data", cancellation);
        run.AddNote(EvaluationSources.Describe("Measured on", data));
        var examples = Read(data.Studies, task.Side, run, cancellation);
        var folds = PatientFolds.Split(data.Studies, task.Folds, task.Seed, $"{Field}.folds");
        run.AddNote(
            string.Create(CultureInfo.InvariantCulture,
                $"Split by patient into {task.Folds} parts (split.tsv); each is measured by a network of {task.Steps} steps that learnt "
                    + $"from the others, on {task.Side} x {task.Side} pixels, at probability 0.5."));
        run.KeepFile("split.tsv", "Image, patient and part.", "text/tab-separated-values", folds.ToTable(data.Studies));

        var predicted = new float[examples.Length][];
        for (var part = 0; part < folds.Parts; part++)
            Measure(run, examples, data.Studies, folds, part, predicted, cancellation);
        Add(run, data.Studies, examples, predicted);
        run.KeepFile("masks.png", "Radiograph, mask, prediction; the images with the lowest Dice first.", "image/png",
            Sheet(task.Side, examples, predicted));
        ReportFiles.KeepReport(run);
        return Task.CompletedTask;
    }

    private static MaskedImage[] Read(IReadOnlyList<Study> studies, int side, EvaluationRun run, CancellationToken cancellation)
    {
        var examples = new MaskedImage[studies.Count];
        for (var from = 0; from < examples.Length; from += ReadAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            MaskedImage[] some;
            try
            {
                some = studies.Skip(from).Take(ReadAtOnce).AsParallel().AsOrdered().Select(s => MaskedImage.Read(s, side, $"{Field}.data"))
                    .ToArray();
            }
            catch (AggregateException error) when (error.InnerException is MeshException invalid)
            {
                throw invalid;
            }

            some.CopyTo(examples, from);
            run.Report("reading images and masks", from + some.Length, examples.Length);
        }

        return examples;
    }

    private void Measure(EvaluationRun run, MaskedImage[] examples, IReadOnlyList<Study> studies, PatientFolds folds, int part,
        float[][] predicted, CancellationToken cancellation)
    {
        var task = run.Spec.Segmentation;
        using var model = task.Model.Length > 0 ? Open(run, studies, examples, part == 0) : null;
        var weightSeed = RandomSource.Create(task.Seed, "segmentation weights", part).NextUInt64();
        var (newEncoder, network) = TorchRandom.WithGlobalSeed(weightSeed, () =>
        {
            var untrained = model is null ? new ResNet(ResNetConfig.Tiny) : null;
            return (untrained, new SegmentationNetwork(model?.ImageEncoder ?? untrained!));
        });
        using var _ = newEncoder;
        var segmenter = new SegmentationTrainer(network, model?.Card.Mean ?? NewMean, model?.Card.Deviation ?? NewDeviation, task.Side,
            task.Steps, task.Seed);
        var name = string.Create(CultureInfo.InvariantCulture, $"part {part + 1} of {folds.Parts}");
        var key = Sha256Digest.HexOf($"{run.Spec}|{part}|{string.Concat(examples.Select(e => e.Hash))}");
        var checkpoint = Path.Combine(run.CacheFolder, Name, key[..32] + ".partial");
        segmenter.Train(name, [.. folds.IndicesOutside(part).Select(i => examples[i])], checkpoint, run, cancellation);
        foreach (var (i, mask) in folds.IndicesIn(part).Zip(segmenter.Predict([.. folds.IndicesIn(part).Select(i => examples[i].Image)])))
            predicted[i] = mask;
    }

    private VisionLanguageModel Open(EvaluationRun run, IReadOnlyList<Study> studies, MaskedImage[] examples, bool isFirst)
    {
        var folder = models.Find(run.Spec.Segmentation.Model, $"{Field}.model");
        if (isFirst)
        {
            run.Add(VisionModelCatalogue.ToProducer(folder));
            TrainedOnHashes.CheckOverlap(run, folder, studies, [.. examples.Select(e => e.Hash)], $"{Field}.data");
        }

        return VisionModelCatalogue.Load(folder, $"{Field}.model");
    }

    private static void Add(EvaluationRun run, IReadOnlyList<Study> studies, MaskedImage[] examples, float[][] predicted)
    {
        var task = run.Spec.Segmentation;
        if (task.Model.Length == 0)
            run.AddNote("No model was named: the encoder started from new weights.");
        MaskOverlap[] overlaps = [.. examples.Select((e, i) => MaskOverlap.Compare(Marked(predicted[i]), e.Marked))];
        var patients = PatientBootstrap.ByPatient([.. studies.Select(s => s.PatientHash ?? "")]);
        run.Add(FigureFactory.Create(Name, Finding, "dice",
            patients.ComputeInterval(d => d.Average(i => overlaps[i].DiceScore), task.Resamples, task.Seed), examples.Length));
        run.Add(FigureFactory.Create(Name, Finding, "iou",
            patients.ComputeInterval(d => d.Average(i => overlaps[i].Iou), task.Resamples, task.Seed), examples.Length));
        AddDistances(run, patients, [.. examples.Select((e, i) => FindDistances(Marked(predicted[i]), e.Marked, task.Side))]);
        run.Add(FigureFactory.Create(Name, Finding, "dice_lowest", overlaps.Min(o => o.DiceScore), examples.Length));
    }

    /// <summary>Of images where both mark something; a border that is not there is no distance away.</summary>
    private static void AddDistances(EvaluationRun run, PatientBootstrap patients, SurfaceDistances?[] distances)
    {
        var task = run.Spec.Segmentation;
        var measured = distances.Count(d => d is not null);
        if (measured > 0)
            run.Add(FigureFactory.Create(Name, Finding, "hd95", patients.ComputeInterval(
                d => d.Select(i => distances[i]?.Hausdorff95).OfType<double>().DefaultIfEmpty(double.NaN).Average(), task.Resamples,
                task.Seed), measured));
        run.AddNote(string.Create(CultureInfo.InvariantCulture,
            $"hd95: 95th percentile of the distances between borders, the larger of both directions, in pixels of {task.Side} x "
                + $"{task.Side}; without {distances.Length - measured} images where mask or prediction marks nothing."));
    }

    private static SurfaceDistances? FindDistances(bool[] predicted, bool[] marked, int side)
    {
        return predicted.Contains(true) && marked.Contains(true) ? SurfaceDistances.Compare(Rows(predicted), Rows(marked)) : null;

        bool[,] Rows(bool[] mask)
        {
            var rows = new bool[side, side];
            Buffer.BlockCopy(mask, 0, rows, 0, mask.Length);
            return rows;
        }
    }

    private static byte[] Sheet(int side, MaskedImage[] examples, float[][] predicted)
    {
        var worst = Enumerable.Range(0, examples.Length)
            .OrderBy(i => MaskOverlap.Compare(Marked(predicted[i]), examples[i].Marked).DiceScore).Take(MostShown);
        return ImageCodec.EncodePng(
            ContactSheet.Compose(
                [.. worst.SelectMany(i => new[] { examples[i].Image, examples[i].Mask, predicted[i] })
                    .Select(p => PixelConversion.ToImage(p, side))], 12));
    }

    private static bool[] Marked(float[] probabilities) => [.. probabilities.Select(p => p >= 0.5f)];
}
