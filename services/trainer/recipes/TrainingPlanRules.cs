using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>Checks a training spec, and turns it into a plan.</summary>
internal static partial class TrainingPlanRules
{
    private const long MostSteps = 10_000_000;

    /// <summary>The spec with its defaults filled in.</summary>
    public static TrainingSpec FillDefaults(TrainingSpec spec)
    {
        var filled = spec.Clone();
        if (filled.Preset.Length == 0)
            filled.Preset = "tiny";
        return filled;
    }

    /// <summary>The plan of a spec that was checked.</summary>
    public static TrainingPlan ToPlan(TrainingSpec spec) =>
        TrainingSourceRules.WithSources(
            new TrainingPlan(spec.Recipe, spec.Preset, [.. spec.Data], spec.ModelName, spec.Seed, spec.HasSteps ? spec.Steps : null), spec);

    /// <exception cref="MeshException">INVALID_FIELD with the field.</exception>
    public static void Check(TrainingSpec spec, RecipeRegistry recipes)
    {
        TrainingSourceRules.Check(spec, recipes.Find(spec.Recipe, spec.Preset));
        if (!ModelName().IsMatch(spec.ModelName))
            throw MeshException.Invalid("spec.model_name", "must be 1 to 63 characters, each a lower-case letter a-z, a digit or '-'");
        if (spec.HasSteps && spec.Steps is < 1 or > MostSteps)
            throw MeshException.Invalid("spec.steps", $"must be 1 to {MostSteps}");
        FollowUpEvaluations.Read(spec, "spec");
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,63}\z")]
    private static partial Regex ModelName();
}
