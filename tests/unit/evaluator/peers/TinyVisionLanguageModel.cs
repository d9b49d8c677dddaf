using System.Text.Json;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Losses;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Tokenizer;
using TorchSharp;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>A model folder with new weights: it knows nothing, which is all that a test of measuring needs.</summary>
internal static class TinyVisionLanguageModel
{
    private static readonly string[] _texts = ["There is pneumonia.", "The lungs are clear.", "There is no consolidation, no effusion."];

    public static string Write(string folder, string method, IReadOnlyList<string>? seen = null)
    {
        var tokenizer = new WordPieceTokenizer(WordPieceTrainer.Train(_texts, 90), lowerCase: true);
        using var model = TorchRandom.WithGlobalSeed(3, () => new VisionLanguageModel(new VisionLanguageCard
        {
            Method = method,
            Side = 64,
            Mean = 0.5,
            Deviation = 0.25,
            Tokens = 24,
            Embedding = 32,
            Image = new ResNetSizes { Blocks = [1, 1, 1, 1], Width = 16 },
            Text = new BertSizes
            {
                Vocabulary = tokenizer.VocabularySize,
                Hidden = 32,
                Layers = 1,
                Heads = 2,
                Intermediate = 48,
                Positions = 24,
            },
            Loss = method == ContrastiveMethodNames.Convirt ? ConvirtLoss.Mgca.Settings : GloriaLoss.Paper.Settings,
        }, tokenizer));
        Directory.CreateDirectory(folder);
        Safetensors.Save(Path.Combine(folder, VisionLanguageModel.WeightsFile), model.State());
        tokenizer.Save(Path.Combine(folder, VisionLanguageModel.TokenizerFolder), 24);
        File.WriteAllText(Path.Combine(folder, "prompts.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["normal"] = new { positive = new[] { "The lungs are clear." }, negative = new[] { "There is pneumonia." } },
            ["pneumonia"] = new
            {
                positive = new[] { "There is pneumonia.", "Pneumonia." },
                negative = new[] { "There is no pneumonia.", "The lungs are clear." }
            },
        }));
        File.WriteAllText(Path.Combine(folder, "trained-on.tsv"), string.Concat((seen ?? []).Select(s => $"image\t{s[..16]}\n")));
        ModelCardFile.Write(Path.Combine(folder, ModelFolder.CardFile),
            new ModelCard
            {
                Name = Path.GetFileName(folder),
                Version = "1",
                Kind = ModelKindNames.VisionLanguage,
                Licence = "none",
                VisionLanguage = model.Card,
            });
        ModelFolder.WriteSums(folder);
        return folder;
    }
}
