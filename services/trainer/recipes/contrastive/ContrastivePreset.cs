using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Losses;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer.Recipes.Contrastive;

/// <summary>Sizes and training settings of the recipes <c>convirt</c> and <c>gloria</c>.</summary>
/// <param name="Card">Sizes of the model; with a text vocabulary of 0 a tokenizer is trained from the texts.</param>
/// <param name="Loop">Training settings; the steps apply to a mix of equal steps.</param>
/// <param name="Batch">Pairs a batch.</param>
/// <param name="Epochs">Passes over the data for a mix of equal epochs.</param>
/// <param name="MostWordPieces">Entries of a vocabulary that is trained.</param>
/// <param name="OneSentence">Each step reads one sentence of the report instead of all of it.</param>
/// <param name="ValidateEvery">Steps between two measurements on the held-out pairs.</param>
/// <param name="Patience">Measurements without a better loss after which training ends; 0: never.</param>
/// <param name="Frozen">Prefixes of parameter names that are not trained.</param>
internal sealed record ContrastivePreset(
    VisionLanguageCard Card, LoopSettings Loop, int Batch, double Epochs, int MostWordPieces, bool OneSentence, long ValidateEvery,
    int Patience, IReadOnlyList<string> Frozen)
{
    private static readonly ResNetSizes _resNet50 = new() { Blocks = [3, 4, 6, 3], Bottleneck = true, Width = 64 };
    private static readonly BertSizes _clinicalBert = new()
    {
        Vocabulary = 28996,
        Hidden = 768,
        Layers = 12,
        Heads = 12,
        Intermediate = 3072,
        Positions = 512,
    };
    private static readonly ResNetSizes _resNetTiny = new() { Blocks = [2, 2, 2, 2], Width = 16 };
    private static readonly BertSizes _bertTiny = new() { Hidden = 128, Layers = 2, Heads = 4, Intermediate = 512, Positions = 64 };
    private static readonly ResNetSizes _resNetTest = new() { Blocks = [1, 1, 1, 1], Width = 16 };
    private static readonly BertSizes _bertTest = new() { Hidden = 32, Layers = 1, Heads = 2, Intermediate = 64, Positions = 48 };

    public static IReadOnlyDictionary<string, ContrastivePreset> Convirt { get; } = new Dictionary<string, ContrastivePreset>(
        StringComparer.Ordinal)
    {
        // Two cores, a few minutes.
        ["tiny"] = new(
            CreateCard(
                ContrastiveMethodNames.Convirt, side: 64, upsampled: 0, tokens: 48, embedding: 128, _resNetTiny, _bertTiny,
                ConvirtLoss.Mgca.Settings),
            new LoopSettings(
                Steps: 800, LearningRate: 1e-3, WarmUp: 60, WeightDecay: 0.05, EmaDecay: 0.995, CheckpointEvery: 200, Beta2: 0.999),
            Batch: 64, Epochs: 20, MostWordPieces: 1500, OneSentence: false, ValidateEvery: 200, Patience: 0, Frozen: []),
        // Zhang et al. 2022 as its public re-implementations spell it (edreisMD/ConVIRT-pytorch: ResNet-50, Bio_ClinicalBERT with the first
        // six layers frozen, linear-ReLU-linear to 512, tau 0.1, lambda 0.75, 1e-4, 1e-6, batch 32; early stop with patience 5:
        // HKU-MedAI/MGCA's ConVIRT). 50 epochs of 200,000 pairs: 200,000 / 32 × 50 = 312,500 steps; one epoch, 6250 steps, of warm-up, and
        // a measurement after each. Not kept: the text's head outside the gradient, an error of that code.
        ["paper"] = new(
            CreateCard(
                ContrastiveMethodNames.Convirt, side: 224, upsampled: 0, tokens: 112, embedding: 512, _resNet50, _clinicalBert,
                ConvirtLoss.Paper.Settings),
            new LoopSettings(
                Steps: 312_500, LearningRate: 1e-4, WarmUp: 6250, WeightDecay: 1e-6, CheckpointEvery: 1000, Beta2: 0.999),
            Batch: 32, Epochs: 50, MostWordPieces: 0, OneSentence: true, ValidateEvery: 6250, Patience: 5, Frozen: FirstLayers(6)),
        // HKU-MedAI/MGCA's ConVIRT module, what later comparisons took over: tau 0.07, plain sum, width 128, input enlarged to 299, AdamW
        // 2e-5, decay 0.05, cosine after 40 % warm-up, batch 72, 50 epochs, patience 5, at most 112 pieces of the whole report. An epoch of
        // 200,000 pairs is 200,000 / 72 ≈ 2778 steps; 2778 × 50 = 138,900, of which 0.4 × 138,900 = 55,560 warm up. Its head has batch
        // norms; ours has none.
        ["mgca"] = new(
            CreateCard(
                ContrastiveMethodNames.Convirt, side: 224, upsampled: 299, tokens: 112, embedding: 128, _resNet50, _clinicalBert,
                ConvirtLoss.Mgca.Settings),
            new LoopSettings(
                Steps: 138_900, LearningRate: 2e-5, WarmUp: 55_560, WeightDecay: 0.05, CheckpointEvery: 1000, Beta2: 0.999),
            Batch: 72, Epochs: 50, MostWordPieces: 0, OneSentence: false, ValidateEvery: 2778, Patience: 5, Frozen: []),
        // For tests: runs in seconds and learns nothing useful.
        ["test"] = new(
            CreateCard(
                ContrastiveMethodNames.Convirt, side: 32, upsampled: 0, tokens: 48, embedding: 32, _resNetTest, _bertTest,
                ConvirtLoss.Mgca.Settings),
            new LoopSettings(Steps: 6, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2),
            Batch: 4, Epochs: 1, MostWordPieces: 200, OneSentence: false, ValidateEvery: 3, Patience: 0, Frozen: []),
    };

    public static IReadOnlyDictionary<string, ContrastivePreset> Gloria { get; } = new Dictionary<string, ContrastivePreset>(
        StringComparer.Ordinal)
    {
        // Two cores, a few minutes; enlarged, so that the third stage has 8 x 8 regions.
        ["tiny"] = new(
            CreateCard(
                ContrastiveMethodNames.Gloria, side: 64, upsampled: 128, tokens: 48, embedding: 128, _resNetTiny, _bertTiny,
                GloriaLoss.Paper.Settings),
            new LoopSettings(
                Steps: 800, LearningRate: 1e-3, WarmUp: 60, WeightDecay: 0.05, EmaDecay: 0.995, CheckpointEvery: 200, Beta2: 0.999),
            Batch: 48, Epochs: 15, MostWordPieces: 1500, OneSentence: false, ValidateEvery: 200, Patience: 0, Frozen: []),
        // marshuang80/gloria: ResNet-50, Bio_ClinicalBERT, input enlarged to 299, 5e-5, decay 1e-6, betas 0.5 and 0.999, clip 0.25, batch
        // 48, 50 epochs, patience 10, one sentence of at most 97 pieces. An epoch of 200,000 pairs is 200,000 / 48 ≈ 4166 steps;
        // 4166 × 50 = 208,300. Not kept: the plateau schedule (ours is warm-up and cosine) and [CLS] as a word in training.
        ["paper"] = new(
            CreateCard(
                ContrastiveMethodNames.Gloria, side: 224, upsampled: 299, tokens: 97, embedding: 768, _resNet50, _clinicalBert,
                GloriaLoss.Paper.Settings),
            new LoopSettings(
                Steps: 208_300, LearningRate: 5e-5, WarmUp: 4166, WeightDecay: 1e-6, ClipNorm: 0.25, CheckpointEvery: 1000, Beta1: 0.5,
                Beta2: 0.999),
            Batch: 48, Epochs: 50, MostWordPieces: 0, OneSentence: true, ValidateEvery: 4166, Patience: 10, Frozen: []),
        // For tests: runs in seconds and learns nothing useful.
        ["test"] = new(
            CreateCard(
                ContrastiveMethodNames.Gloria, side: 32, upsampled: 48, tokens: 48, embedding: 32, _resNetTest, _bertTest,
                GloriaLoss.Paper.Settings),
            new LoopSettings(Steps: 6, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2),
            Batch: 4, Epochs: 1, MostWordPieces: 200, OneSentence: true, ValidateEvery: 3, Patience: 0, Frozen: []),
    };

    private static VisionLanguageCard CreateCard(
        string method, int side, int upsampled, int tokens, int embedding, ResNetSizes image, BertSizes text,
        IReadOnlyDictionary<string, double> loss) => new()
        {
            Method = method,
            Side = side,
            Upsampled = upsampled,
            Mean = 0.5,
            Deviation = 0.5,
            Tokens = tokens,
            Embedding = embedding,
            Image = image,
            Text = text,
            Loss = loss,
        };

    private static string[] FirstLayers(int first) =>
        ["text.embeddings.", .. Enumerable.Range(0, first).Select(i => $"text.encoder.layer.{i}.")];
}
