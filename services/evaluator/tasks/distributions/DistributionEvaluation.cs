using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Tasks.Distributions;

/// <summary>
/// Measures how far one set of radiographs and reports is from another: images, reports or both, whatever both sides have.
/// </summary>
internal sealed class DistributionEvaluation(
    VisionModelCatalogue models, CurationJudgeClient judges, ReportEntityClient entities, TextEncoderClient encoders) : IEvaluationTask
{
    private const string Field = "spec.distribution";
    private const int Fewest = 8, TextBatch = 32;

    public EvaluationSpec.TaskOneofCase Case => EvaluationSpec.TaskOneofCase.Distribution;

    public async Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation)
    {
        var task = spec.Distribution.Clone();
        task.Most = EvaluationSpecRules.InRange(task.HasMost ? task.Most : 1000, Fewest, 20_000, $"{Field}.most");
        task.Resamples = EvaluationSpecRules.InRange(task.HasResamples ? task.Resamples : 200, 20, 100_000, $"{Field}.resamples");
        if (sources.IsHere($"{Field}.real") && sources.IsHere($"{Field}.other"))
        {
            var (real, other) = (Read(sources, "real", cancellation), Read(sources, "other", cancellation));
            if (CountOnBothSides(real, other, HasImage) < Fewest && CountOnBothSides(real, other, HasReport) < Fewest)
                throw MeshException.Invalid($"{Field}.other", $"both sides need at least {Fewest} images or at least {Fewest} reports");
            if (CountOnBothSides(real, other, HasImage) >= Fewest)
                task.Judge = (await judges.FindAsync(task.Judge, $"{Field}.judge", cancellation)).Name;
        }

        if (task.Model.Length > 0 && task.TextEncoder.Length > 0)
            throw MeshException.Invalid($"{Field}.text_encoder",
                $"must be left out where {Field}.model is given, or that one where this is");
        if (task.Model.Length > 0)
            models.Find(task.Model, $"{Field}.model");
        if (task.TextEncoder.Length > 0)
            await encoders.FindAsync(task.TextEncoder, $"{Field}.text_encoder", cancellation);
        return new EvaluationSpec { Distribution = task };
    }

    public async Task RunAsync(EvaluationRun run, CancellationToken cancellation)
    {
        var task = run.Spec.Distribution;
        var real = run.ReadStudies($"{Field}.real", cancellation).Studies;
        var other = run.ReadStudies($"{Field}.other", cancellation).Studies;
        var figures = new FeatureFigures(run, task);
        if (CountOnBothSides(real, other, HasImage) is >= Fewest and var images)
        {
            var judge = await judges.FindAsync(task.Judge, $"{Field}.judge", cancellation);
            run.Add(ModelProducerMapping.ToProducer(judge));
            var size = Math.Min(images, task.Most);
            figures.Add("images", await EmbedAsync(SampleStudies(real, HasImage, size, task.Seed), "real"),
                await EmbedAsync(SampleStudies(other, HasImage, size, task.Seed), "other"));

            async Task<float[][]> EmbedAsync(List<Study> studies, string side) => await judges.EmbedAsync(
                judge, [.. studies.Select(s => ImageCodec.EncodePng(s.LoadImage($"{Field}.{side}")))], run,
                $"features of the {side} images", cancellation);
        }

        if (CountOnBothSides(real, other, HasReport) is >= Fewest and var reports)
        {
            var size = Math.Min(reports, task.Most);
            string[] realTexts = [.. SampleStudies(real, HasReport, size, task.Seed).Select(s => s.EnglishReport!)],
                otherTexts = [.. SampleStudies(other, HasReport, size, task.Seed).Select(s => s.EnglishReport!)];
            var (realFeatures, otherFeatures) = await ExtractTextFeaturesAsync(run, realTexts, otherTexts, cancellation);
            figures.Add("reports", realFeatures, otherFeatures);
            await new EntityFrequencies(entities).AddAsync(run, realTexts, otherTexts, cancellation);
        }

        ReportFiles.KeepReport(run);
    }

    private async Task<(float[][] Real, float[][] Other)> ExtractTextFeaturesAsync(
        EvaluationRun run, string[] real, string[] other, CancellationToken cancellation)
    {
        if (run.Spec.Distribution.TextEncoder is { Length: > 0 } encoderName)
        {
            var encoder = await encoders.FindAsync(encoderName, $"{Field}.text_encoder", cancellation);
            run.Add(ModelProducerMapping.ToProducer(encoder));
            return (await encoders.EmbedAsync(encoder, real, run, "real", cancellation),
                await encoders.EmbedAsync(encoder, other, run, "other", cancellation));
        }

        var name = run.Spec.Distribution.Model;
        if (name.Length == 0)
        {
            run.AddNote("No model was named: reports are compared by how often they use the 256 most frequent words.");
            return WordFrequencyFeatures.Extract(real, other);
        }

        var folder = models.Find(name, $"{Field}.model");
        run.Add(VisionModelCatalogue.ToProducer(folder));
        using var model = VisionModelCatalogue.Load(folder, $"{Field}.model");
        return (Embed(real), Embed(other));

        float[][] Embed(string[] texts) => [.. texts.Chunk(TextBatch).SelectMany(chunk =>
        {
            using var scope = NewDisposeScope();
            return TensorReader.ReadArray<float>(model.EmbedTexts(chunk)).Chunk(model.Card.Embedding).ToArray();
        })];
    }

    private static IReadOnlyList<Study> Read(EvaluationSources sources, string side, CancellationToken cancellation) =>
        sources.ReadAll($"{Field}.{side}", cancellation).Studies;

    private static bool HasImage(Study study) => study.HasImage;

    private static bool HasReport(Study study) => study.EnglishReport is not null;

    private static int CountOnBothSides(IReadOnlyList<Study> real, IReadOnlyList<Study> other, Func<Study, bool> has) =>
        Math.Min(real.Count(has), other.Count(has));

    private static List<Study> SampleStudies(IReadOnlyList<Study> studies, Func<Study, bool> has, int size, ulong seed)
    {
        var those = studies.Where(has).ToList();
        return [.. RandomSource.Create(seed, "distribution", those.Count).Permutation(those.Count).Take(size).Select(i => those[i])];
    }
}
