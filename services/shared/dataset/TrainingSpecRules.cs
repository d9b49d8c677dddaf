using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>The recipes of the trainer's contract.</summary>
public static class RecipeNames
{
    /// <summary>Choose it for a generator: images from prompts.</summary>
    public const string LatentDiffusion = "latent-diffusion";

    /// <summary>Choose it for a judge of images that look unlike those that the shipped judge knows.</summary>
    public const string QualityJudge = "quality-judge";

    /// <summary>Choose it to compare whole radiographs with whole texts; the cheaper of the two.</summary>
    public const string Convirt = "convirt";

    /// <summary>Choose it to find words in the regions of a radiograph.</summary>
    public const string Gloria = "gloria";

    public static IReadOnlyList<string> All { get; } = [Convirt, Gloria, LatentDiffusion, QualityJudge];
}

/// <summary>
/// What the trainer's contract says of a training's spec, whatever the machine and its data. The trainer checks it when a training is
/// created, and the balancer when a data set is that asks for one: its training starts hours later, with nobody to answer to.
/// </summary>
public static partial class TrainingSpecRules
{
    private const long MostSteps = 10_000_000;
    private const double MostEpochs = 10_000;

    /// <summary>Checks recipe, name, lengths and evaluations.</summary>
    /// <param name="spec">What to train.</param>
    /// <param name="path">What the spec is called in errors: <c>spec</c>, or <c>spec.train</c> within a data set's.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the path of the first thing that is wrong.</exception>
    public static void Check(TrainingSpec spec, string path)
    {
        if (spec.Recipe.Length == 0)
            throw MeshException.Invalid($"{path}.recipe", $"is empty; the recipes are {string.Join(", ", RecipeNames.All)}");
        if (!RecipeNames.All.Contains(spec.Recipe))
            throw MeshException.Invalid($"{path}.recipe",
                $"there is no recipe '{EchoedText.Shorten(spec.Recipe)}'; the recipes are {string.Join(", ", RecipeNames.All)}");
        if (!ModelName().IsMatch(spec.ModelName))
            throw MeshException.Invalid($"{path}.model_name", spec.ModelName.Length == 0
                ? "is empty" : "must be 1 to 63 characters, each a lower-case letter a-z, a digit or '-'");
        if (spec.HasSteps && spec.Steps is < 1 or > MostSteps)
            throw MeshException.Invalid($"{path}.steps", $"must be 1 to {MostSteps}");
        if (spec.HasEpochs && spec.Epochs is not (> 0 and <= MostEpochs))
            throw MeshException.Invalid($"{path}.epochs", "must be above 0 and at most 10,000");
        if (spec.HasEpochs && spec.MixLength != MixLength.EqualEpochs)
            throw MeshException.Invalid($"{path}.epochs", $"is only used with {path}.mix_length EQUAL_EPOCHS");
        if (spec.HasSteps && spec.MixLength == MixLength.EqualEpochs)
            throw MeshException.Invalid($"{path}.steps", $"is only used with {path}.mix_length EQUAL_STEPS");
        FollowUpEvaluations.Read(spec, path);
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,63}\z")]
    private static partial Regex ModelName();
}
