using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>Checks a training spec, and turns it into a plan.</summary>
internal static class TrainingPlanRules
{
    /// <summary>The spec with its defaults filled in.</summary>
    public static TrainingSpec FillDefaults(TrainingSpec spec)
    {
        var filled = spec.Clone();
        filled.ClearModelVersion(); // the trainer sets it
        if (filled.Preset.Length == 0)
            filled.Preset = "tiny";
        return filled;
    }

    /// <summary>The plan of a spec that was checked.</summary>
    public static TrainingPlan ToPlan(TrainingSpec spec) =>
        TrainingSourceRules.WithSources(
            new TrainingPlan(spec.Recipe, spec.Preset, [.. spec.Data], spec.ModelName, spec.Seed, spec.HasSteps ? spec.Steps : null)
            {
                Version = spec.HasModelVersion ? spec.ModelVersion : null,
            }, spec);

    /// <exception cref="MeshException">INVALID_FIELD with the field.</exception>
    public static void Check(TrainingSpec spec, RecipeRegistry recipes, TrainingPlaceResolver places)
    {
        TrainingSpecRules.Check(spec, "spec");
        TrainingSourceRules.Check(spec, recipes.Find(spec.Recipe, spec.Preset), places);
    }
}
