using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Evaluator.Tasks.Grounding;

/// <summary>
/// Maps of where a model sees a finding. ConVIRT: each region's similarity to the positive prompts minus that to the negative ones. GLoRIA:
/// the attention of the positive prompts' words. Scaled bilinearly to the side of the masks, and to 0..1.
/// </summary>
internal static class GroundingMaps
{
    public const int Side = 224;

    /// <returns>By study, a map row by row; and the hash of each image.</returns>
    public static (float[][] Maps, string[] Hashes) Create(
        VisionLanguageModel model, PromptPair prompts, IReadOnlyList<Study> studies, EvaluationRun run, string field,
        CancellationToken cancellation)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var outer = NewDisposeScope();
        var (yes, no) = (model.EncodeTexts(model.Tokenise(prompts.Positive)),
            model.Card.Method == ContrastiveMethodNames.Gloria ? null : model.EncodeTexts(model.Tokenise(prompts.Negative)));
        var (maps, hashes) = (new float[studies.Count][], new string[studies.Count]);
        foreach (var batch in StudyImageReader.ReadBatches(studies, model.Card.Side, field, cancellation))
        {
            using var scope = NewDisposeScope();
            var images = model.EncodeImages(model.ToPixels(batch.Images), regions: true);
            var map = model.Method.GroundingMaps(images, yes).mean([1]); // [B, h, w]
            if (no is not null)
                map = map - model.Method.GroundingMaps(images, no).mean([1]);
            // [B, S·S]
            map = functional.interpolate(map.unsqueeze(1), size: [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false)
                .flatten(1);
            var (low, high) = (map.amin([1], keepdim: true), map.amax([1], keepdim: true));
            var rows = TensorReader.ReadArray<float>((map - low) / (high - low + 1e-9f)).Chunk(Side * Side).ToArray();
            rows.CopyTo(maps, batch.From);
            batch.Hashes.CopyTo(hashes, batch.From);
            run.Report($"pointing out {prompts.Finding}", batch.From + rows.Length, studies.Count);
        }

        return (maps, hashes);
    }
}
