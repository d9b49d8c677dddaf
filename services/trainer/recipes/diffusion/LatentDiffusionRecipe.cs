using System.Globalization;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Recipes.Judge;
using SynCxr.Mesh.Trainer.Tokenizer;
using SynCxr.Mesh.Vocabulary;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>Autoencoder, latents, then U-Net and text encoder; v-prediction, conditioned on text and native size.</summary>
/// <param name="judgeFolder">Model folder of the judge whose embeddings the memorisation index is made of; empty: no index.</param>
internal sealed class LatentDiffusionRecipe(string judgeFolder) : IRecipe
{
    /// <summary>Training images that must show an entity before the model card lists it.</summary>
    private const int DepictedFrom = 100;

    /// <summary>Guidance of a preset that chooses none.</summary>
    private const double DefaultGuidance = 3;

    public string Name => RecipeNames.LatentDiffusion;

    public string Summary => "a text-to-radiograph latent-diffusion model: autoencoder, text encoder and U-Net";

    public IReadOnlyCollection<string> Presets => [.. LatentDiffusionPreset.All.Keys];

    public bool ReadsSources => false;

    public async Task RunAsync(RecipeRun run, CancellationToken cancellation)
    {
        var preset = LatentDiffusionPreset.All[run.Plan.Preset];
        var steps = run.Plan.Steps ?? preset.UNetLoop.Steps;
        var data = GeneratorImages.Read(run, preset, cancellation);
        var images = data.Training;
        var captions = await WriteCaptionsAsync(images, "captions.tsv", run, cancellation);
        var heldCaptions = data.Held is null ? null : await WriteCaptionsAsync(data.Held, "captions-held.tsv", run, cancellation);
        var tokenizer = ClipMerges.TrimTo(
            captions.Texts.Concat(EntityVocabulary.Shipped.Entities.SelectMany(e => e.Synonyms.Append(e.Term))));

        using var seen = TrainFeatures("perceptual", preset.Detail, images, run, cancellation);
        using var compared = TrainFeatures("selection", preset.Detail, images, run, cancellation);
        using var detail = seen is null ? null : new DetailLoss(preset.Detail!, seen.Network, run.Plan.Seed);
        using var autoencoder = new AutoencoderTrainer(preset.Vae, run.Plan.Seed, detail);
        autoencoder.Train(images, data.Windows, preset.VaeLoop, preset.VaeBatch, run, cancellation);
        using var latents = autoencoder.Encode(images, data.Windows, preset.Detail?.Windows ?? 0, run.Plan.Seed);
        var selection = data.Held is null ? null : new GeneratorSelection(preset.Detail!, compared!.Network, autoencoder.Decoder, data.Held,
            heldCaptions!, run.WorkFile("unet-best.safetensors"), run.Plan.Seed);
        using var diffusion = new DiffusionTrainer(preset, tokenizer, run.Plan.Seed);
        var loss = diffusion.Train(images, captions, latents, preset.UNetLoop with { Steps = steps }, preset.UNetBatch, run, selection,
            cancellation);
        var guidance = selection?.ChooseGuidance(diffusion) ?? preset.Detail?.Guidances[0] ?? DefaultGuidance;

        run.Progress.Report(new LoopProgress("export", 0, 1, loss, 0, 0, 0));
        var figures = new Dictionary<string, double>
        {
            ["autoencoder_mean_absolute_error"] = Math.Round(autoencoder.Error, 5),
            ["velocity_loss"] = Math.Round(loss, 4),
            ["steps"] = steps,
        };
        if (selection is not null)
        {
            figures["selected_step"] = selection.BestStep;
            figures["selection_kernel_distance"] = Math.Round(selection.BestDistance, 6);
        }

        ModelFolderWriter.Write(run.ModelFolder,
            folder => Export(folder, run.Plan, images, captions, autoencoder, diffusion, figures, guidance));
        run.Progress.Report(new LoopProgress("export", 1, 1, loss, 0, 0, 0));
    }

    private static Task<CaptionSet> WriteCaptionsAsync(ImageSet images, string file, RecipeRun run, CancellationToken cancellation) =>
        CaptionSet.WriteAsync([.. images.Images.Select(CaptionSubject.From)], run.Captions, run.Plan.Seed, run.WorkFile(file), run.Progress,
            cancellation);

    /// <summary>A network for features, trained as a judge is; null where the preset needs none.</summary>
    private static JudgeTrainer? TrainFeatures(string phase, DetailSettings? detail, ImageSet images, RecipeRun run,
        CancellationToken cancellation)
    {
        if (detail is null)
            return null;
        var trainer = new JudgeTrainer(detail.Features, run.Plan.Seed, phase);
        trainer.Train(images, detail.FeatureLoop, detail.FeatureBatch, run, cancellation);
        return trainer;
    }

    private static IReadOnlyList<string> Limits(LatentDiffusionPreset preset) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{preset.Vae.SampleSize}x{preset.Vae.SampleSize} pixels: ")
            + "shows the gross pattern of a chest radiograph, not detail; not for diagnosis of anything",
        preset.Detail is null ? "children of one to five years (Kermany) and a few hundred NIH images; the look is theirs"
            : "the look is that of the images trained on; Kermany's are of children of one to five years",
        "reports were written from labels, so sides and lobes in a prompt are not obeyed",
    ];

    private void Export(
        string folder, TrainingPlan plan, ImageSet images, CaptionSet captions, AutoencoderTrainer autoencoder, DiffusionTrainer diffusion,
        Dictionary<string, double> figures, double guidance)
    {
        foreach (var network in new nn.Module[] { autoencoder.Decoder, diffusion.Text, diffusion.UNet })
            ModuleWeights.RoundToHalf(network);
        GeneratorFolderWriter.Write(folder, diffusion.Tokenizer, diffusion.Text, diffusion.UNet, autoencoder.Decoder);
        if (judgeFolder.Length > 0)
            WriteMemorisationIndex(folder, images);
        Safetensors.Save(Path.Combine(folder, "..", plan.WeightsFile), AllWeights(autoencoder, diffusion));

        var native = images.Images.GroupBy(i => i.NativeSize).MaxBy(g => g.Count())!.Key;
        var limits = Limits(LatentDiffusionPreset.All[plan.Preset]);
        var card = ModelFolderWriter.CreateCard(plan, ModelKindNames.LatentDiffusion, images, figures, limits) with
        {
            Depicts = Depicts(Enumerable.Range(0, images.Images.Count), captions),
            Sources = Sources(images, captions),
            Defaults = new GeneratorDefaults
            {
                Steps = 20,
                Guidance = guidance,
                Scheduler = "dpm-solver++",
                Width = images.Side,
                Height = images.Side,
                NativeSize = native,
            },
        };
        ModelCardFile.Write(Path.Combine(folder, ModelFolder.CardFile), card);
        ModelReadmeWriter.Write(folder, card,
            "A small latent-diffusion model that renders chest radiographs from the IMPRESSION of a report, in the diffusers ONNX "
            + string.Create(CultureInfo.InvariantCulture, $"layout: an autoencoder with side/{autoencoder.Decoder.Config.Shrink} latents, ")
            + "a causal text encoder on byte-pair tokens, and a U-Net that predicts v and reads the native size of the source that an "
            + "image should look like.",
            [$"`depicts` lists the entities that at least {DepictedFrom} training images were described by. The contact sheet is rendered "
            + string.Create(CultureInfo.InvariantCulture, $"by plain DDIM with guidance {guidance} ")
            + "from captions of the training set, one image a caption, not picked."]);
        RenderContactSheet(folder, images, captions, autoencoder, diffusion, native, guidance);
    }

    private static Dictionary<string, Tensor> AllWeights(AutoencoderTrainer autoencoder, DiffusionTrainer diffusion) =>
        ModuleWeights.NamedParameters(autoencoder.Decoder, "vae_decoder.")
        .Concat(ModuleWeights.NamedParameters(diffusion.Text, "text_encoder."))
        .Concat(ModuleWeights.NamedParameters(diffusion.UNet, "unet.")).ToDictionary(StringComparer.Ordinal);

    private void WriteMemorisationIndex(string folder, ImageSet images)
    {
        using var judge = ExportedNetworkReader.ReadJudge(judgeFolder);
        var opened = ModelFolder.Open(judgeFolder);
        var shrunk = images.Resize(judge.Config.InputSize);
        var features = JudgeInference.Run(judge, Enumerable.Range(0, images.Images.Count).Select(shrunk.UnitPixels)).Embeddings;
        Directory.CreateDirectory(Path.Combine(folder, "memory"));
        features.Write(Path.Combine(folder, "memory", "index.f16"));
        GeneratorFolderWriter.WriteJson(folder, "memory/index.json", new
        {
            judge = opened.Card.Name,
            judge_digest = opened.Digest,
            rows = features.Rows,
            dim = features.Columns,
            ids = images.Images.Select(i => $"{i.Source}/{i.Id}"),
        });
    }

    private static IReadOnlyList<GeneratorSource> Sources(ImageSet images, CaptionSet captions) =>
    [
        .. Enumerable.Range(0, images.Images.Count).GroupBy(i => images.Images[i].Source).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new GeneratorSource
        {
            Name = g.Key,
            NativeSize = g.GroupBy(i => images.Images[i].NativeSize).MaxBy(s => s.Count())!.Key,
            Depicts = Depicts(g, captions),
        }),
    ];

    private static IReadOnlyList<string> Depicts(IEnumerable<int> images, CaptionSet captions) =>
        [.. images.SelectMany(i => captions[i].SelectMany(c => c.Entities).Distinct()).GroupBy(e => e).Where(g => g.Count() >= DepictedFrom)
            .Select(g => g.Key).Order(StringComparer.Ordinal)];

    private static void RenderContactSheet(string folder, ImageSet images, CaptionSet captions, AutoencoderTrainer autoencoder,
        DiffusionTrainer diffusion, int native, double guidance)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var order = RandomSource.Create(1, "sheet", 0).Permutation(images.Images.Count).Where(i => images.Images[i].NativeSize == native)
            .Take(32).ToArray();
        var latents = diffusion.Sample([.. order.Select(i => captions[i][0].Text)], native, 30, guidance, 1);
        ModelFolderWriter.WriteContactSheet(folder, ModelFolderWriter.ToImages(autoencoder.Decoder.forward(latents)), 8,
            [.. order.Select(i => images.Images[i].Labels.FirstOrDefault("").Split('_')[0])]);
    }
}
