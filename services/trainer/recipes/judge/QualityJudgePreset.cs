using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Networks;

namespace SynCxr.Mesh.Trainer.Recipes.Judge;

/// <summary>Sizes and length of the <c>quality-judge</c> recipe.</summary>
internal sealed record QualityJudgePreset(QualityJudgeConfig Network, LoopSettings Loop, int Batch, int BankPerKind)
{
    /// <summary>What the project ships.</summary>
    public static QualityJudgePreset Tiny { get; } = new(
        QualityJudgeConfig.Tiny, new LoopSettings(Steps: 4000, LearningRate: 1e-3), Batch: 16, BankPerKind: 32);

    /// <summary>For tests: runs in seconds and learns nothing useful.</summary>
    public static QualityJudgePreset Test { get; } = new(
        QualityJudgeConfig.Test, new LoopSettings(Steps: 6, LearningRate: 1e-3, WarmUp: 2, CheckpointEvery: 2), Batch: 4, BankPerKind: 2);

    public static IReadOnlyDictionary<string, QualityJudgePreset> All { get; } =
        new Dictionary<string, QualityJudgePreset>(StringComparer.Ordinal) { ["tiny"] = Tiny, ["test"] = Test };
}
