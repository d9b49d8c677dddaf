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

    /// <summary>For tests: runs in seconds and learns nothing useful.</summary>
    public static LatentDiffusionPreset Test { get; } = new(
        VaeConfig.Test, new LoopSettings(Steps: 4, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2), VaeBatch: 4,
        ClipTextEncoderConfig.Test, UNetConfig.Test, new LoopSettings(Steps: 6, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2),
        UNetBatch: 4);

    public static IReadOnlyDictionary<string, LatentDiffusionPreset> All { get; } =
        new Dictionary<string, LatentDiffusionPreset>(StringComparer.Ordinal) { ["tiny"] = Tiny, ["test"] = Test };
}
