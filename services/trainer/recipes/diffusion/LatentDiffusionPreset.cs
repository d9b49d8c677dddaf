using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Networks;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>Sizes and lengths of the <c>latent-diffusion</c> recipe.</summary>
internal sealed record LatentDiffusionPreset(
    VaeConfig Vae, LoopSettings VaeLoop, int VaeBatch, Func<int, ClipTextEncoderConfig> Text, UNetConfig UNet, LoopSettings UNetLoop,
    int UNetBatch)
{
    /// <summary>What the project ships: 64×64, two hours on one core.</summary>
    public static LatentDiffusionPreset Tiny { get; } = new(
        VaeConfig.Tiny, new LoopSettings(Steps: 1800, LearningRate: 1e-3), VaeBatch: 16,
        ClipTextEncoderConfig.Tiny, UNetConfig.Tiny, new LoopSettings(Steps: 4000, LearningRate: 6e-4, WarmUp: 150), UNetBatch: 16);

    /// <summary>128×128 pixels, six hours on one core.</summary>
    public static LatentDiffusionPreset Small { get; } = new(
        VaeConfig.Small, new LoopSettings(Steps: 3000, LearningRate: 6e-4, CheckpointEvery: 100), VaeBatch: 8,
        ClipTextEncoderConfig.Tiny, UNetConfig.Small,
        new LoopSettings(Steps: 16_000, LearningRate: 5e-4, WarmUp: 300, EmaDecay: 0.9995, CheckpointEvery: 200), UNetBatch: 16)
    {
        Detail = new DetailSettings(
            new QualityJudgeConfig(InputSize: 128, Widths: [16, 32, 64, 96], Embedding: 64, Heads: 6),
            new LoopSettings(Steps: 400, LearningRate: 1e-3, CheckpointEvery: 100), FeatureBatch: 8, ReadSide: 224, SmallestWindow: 0.9,
            Windows: 3, PerceptualWeight: 0.1, AdversarialWeight: 0.5, AdversarialFrom: 1200, MinSnr: 5, SelectEvery: 2000,
            SelectFrom: 6000, SelectImages: 192, Guidances: [2, 1.5, 3]),
    };

    /// <summary>For tests: runs in seconds and learns nothing useful.</summary>
    public static LatentDiffusionPreset Test { get; } = new(
        VaeConfig.Test, new LoopSettings(Steps: 4, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2), VaeBatch: 4,
        ClipTextEncoderConfig.Test, UNetConfig.Test, new LoopSettings(Steps: 6, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2),
        UNetBatch: 4);

    /// <summary>As <see cref="Test"/>, with all that <see cref="Small"/> does.</summary>
    public static LatentDiffusionPreset SmallTest { get; } = new(
        VaeConfig.SmallTest, new LoopSettings(Steps: 4, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2), VaeBatch: 4,
        ClipTextEncoderConfig.Test, UNetConfig.SmallTest, new LoopSettings(Steps: 6, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2),
        UNetBatch: 4)
    {
        Detail = new DetailSettings(
            QualityJudgeConfig.Test, new LoopSettings(Steps: 4, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2), FeatureBatch: 4,
            ReadSide: 72, SmallestWindow: 0.9, Windows: 1, PerceptualWeight: 0.1, AdversarialWeight: 0.5, AdversarialFrom: 2, MinSnr: 5,
            SelectEvery: 2, SelectFrom: 2, SelectImages: 2, Guidances: [2, 1.5]),
    };

    public static IReadOnlyDictionary<string, LatentDiffusionPreset> All { get; } =
        new Dictionary<string, LatentDiffusionPreset>(StringComparer.Ordinal)
        {
            ["tiny"] = Tiny,
            ["small"] = Small,
            ["test"] = Test,
            ["small-test"] = SmallTest,
        };

    /// <summary>What is added for detail, and how the best weights are chosen; null: the plain recipe, and the last weights.</summary>
    public DetailSettings? Detail { get; init; }
}
