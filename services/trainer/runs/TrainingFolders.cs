using System.Text.Json;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Trainer.Recipes;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>The folders of runs and models. Replicas that take over each other's runs must share them.</summary>
internal sealed class TrainingFolders(IOptions<TrainerOptions> options)
{
    private readonly string _root = Path.GetFullPath(options.Value.StateFolder);

    /// <summary>
    /// Folder of a plan's checkpoints and curves. Two runs of one plan share it: the second resumes where the first stopped.
    /// </summary>
    public string GetWorkFolder(string tenant, TrainingPlan plan) =>
        Path.Combine(_root, "training-work", tenant, Sha256Digest.HexOf(JsonSerializer.Serialize(plan))[..24]);

    public string GetModelFolder(string tenant, TrainingPlan plan) => GetModelFolder(tenant, plan.ModelName);

    /// <summary>Folder of a model that ships with the program, if it is one that has models.</summary>
    /// <param name="name">Checked: letters, digits and "-" only.</param>
    public static string GetShippedModelFolder(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);

    /// <param name="name">Checked: letters, digits and "-" only.</param>
    public string GetModelFolder(string tenant, string name) => Path.Combine(_root, "models", tenant, name);
}
