using System.Text.Json;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Trainer.Recipes;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>Where runs keep their files. Replicas that take over each other's runs share the folder.</summary>
internal sealed class TrainingFolders(IOptions<TrainerOptions> options)
{
    private readonly string _root = Path.GetFullPath(options.Value.StateFolder);

    /// <summary>
    /// Checkpoints and curves of a plan. Two runs of one plan share them: the second goes on where the first one stopped.
    /// </summary>
    public string GetWorkFolder(string tenant, TrainingPlan plan) =>
        Path.Combine(_root, "training-work", tenant, Sha256Digest.HexOf(JsonSerializer.Serialize(plan))[..24]);

    public string GetModelFolder(string tenant, TrainingPlan plan) => Path.Combine(_root, "models", tenant, plan.ModelName);
}
