using System.Globalization;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Trainer.Pairs;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Contrastive;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>The folder of a trained image–text model, card and figures included.</summary>
internal static class VisionLanguageModelWriter
{
    /// <summary>Steps between two points of the model's curve; the run's own file has every step.</summary>
    private const int CurveEvery = 10;

    private static readonly string[] _limits =
    [
        "for research on training data only; not for diagnosis of anything",
        "sides, lobes and severities in a prompt are not to be relied on where reports were written from labels",
        "knows the look of the sources that it was trained on; a finding that they hardly show is guessed",
    ];

    public static void Write(string folder, RecipeRun run, ContrastivePreset preset, ContrastiveTrainer phase,
        IReadOnlyList<ITrainingSource> data, PairMix pairs, ValidationMonitor validation)
    {
        var prompts = FindingPrompts.ForTexts([.. data.SelectMany(d => d.Texts)]);
        VisionLanguageFolderWriter.Write(folder, phase.Model, prompts,
            SeenHashes.Union(data.Select(d => d.SeenHashes).Append(SeenHashes.ReadBeside(run.Plan.ImageWeights, run.Plan.Boundary))));
        var figures = new Dictionary<string, double> { ["pairs"] = data.Sum(d => d.Count), ["batch"] = preset.Batch };
        if (validation.History.Count > 0)
        {
            (figures["held_out_pairs"], figures["held_out_loss"]) = (data.Sum(d => d.HeldOutCount), Math.Round(validation.LowestLoss, 4));
            figures["steps_of_best"] = validation.History.First(h => h.Loss == validation.LowestLoss).Step;
        }

        GeneratorFolderWriter.WriteJson(folder, "metrics.json", new
        {
            figures,
            held_out = validation.History.Select(h => new { step = h.Step, loss = Math.Round(h.Loss, 5) }),
            mix = run.Plan.EqualEpochs ? "equal_epochs" : "equal_steps",
            sources = data.Select(
                d => new
                {
                    layout = d.Source.Layout,
                    name = d.Name,
                    weight = d.Source.Weight,
                    share = d.Source.Share,
                    pairs = d.Count,
                    held_out = d.HeldOutCount
                }),
        });
        GeneratorFolderWriter.WriteJson(folder, "report.json",
            new { pairs_per_second = Math.Round(phase.PairsPerSecond, 1), data_wait_share = Math.Round(phase.DataWaitShare, 4) });
        var curve = TrainingCurveFile.ReadAll(run.WorkFolder).Where(p => p.Phase == "contrast" && p.Step % CurveEvery == 0);
        File.WriteAllLines(Path.Combine(folder, TrainingCurveFile.FileName),
            curve.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Step}\t{p.Loss:R}\t{p.LearningRate:R}"))
                .Prepend("step\tloss\tlearning_rate"));
        var card = CreateCard(run.Plan, phase, data, pairs, figures) with { DataNotes = run.Notes.All };
        ModelCardFile.Write(Path.Combine(folder, ModelFolder.CardFile), card);
        ModelReadmeWriter.Write(folder, card,
            "An image encoder (ResNet) and a text encoder (BERT) that put a chest radiograph and what a report says of it near each "
                + "other. `weights.safetensors` "
            + "holds both in float16 under torchvision's and Hugging Face's names, `image_encoder/model.onnx` and "
            + "`text_encoder/model.onnx` the same for other runtimes, `prompts.json` what to ask.",
            ["`trained-on.tsv` lists the first 16 hex digits of each training image's hash and of each known patient's, so that an "
                + "evaluation can refuse to measure on them.",
                $"Prompts are kept for {string.Join(", ", prompts.Keys)}."], sheet: false);
    }

    private static ModelCard CreateCard(TrainingPlan plan, ContrastiveTrainer phase, IReadOnlyList<ITrainingSource> data, PairMix pairs,
        Dictionary<string, double> figures)
    {
        string[] sources = [.. data.Select(d => Attributions.ShortName(d.Name)).Distinct(StringComparer.Ordinal)];
        return new ModelCard
        {
            Name = plan.ModelName,
            Version = plan.CardVersion,
            Kind = ModelKindNames.VisionLanguage,
            Licence = Attributions.LicenceOf(sources),
            Attribution = Attributions.ForSources(sources),
            Recipe = plan.Recipe,
            Preset = plan.Preset,
            Seed = plan.Seed,
            TrainedOn = [
                .. data.Select(d => new TrainingSource { Source = d.Name, Images = d.Count, Digest = Sha256Digest.HexOf(pairs.Digest) })],
            Figures = figures,
            Limits = _limits,
            VisionLanguage = phase.Model.Card,
        };
    }
}
