using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Trainer.Recipes.Contrastive;
using SynCxr.Mesh.Trainer.Recipes.Diffusion;
using SynCxr.Mesh.Trainer.Recipes.Judge;

namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>The recipes, by name.</summary>
internal sealed class RecipeRegistry(IOptions<TrainerOptions> options)
{
    /// <summary>Choose it to draw images.</summary>
    public const string LatentDiffusion = "latent-diffusion";

    /// <summary>Choose it to curate images of another look than the shipped judge's.</summary>
    public const string QualityJudge = "quality-judge";

    /// <summary>Choose it to compare whole radiographs with whole texts.</summary>
    public const string Convirt = "convirt";

    /// <summary>Choose it to find words in radiographs.</summary>
    public const string Gloria = "gloria";

    private readonly FrozenDictionary<string, IRecipe> _recipes =
        new IRecipe[]
        {
            new LatentDiffusionRecipe(options.Value.JudgeFolder), new QualityJudgeRecipe(),
            new ContrastiveRecipe(Convirt, ContrastivePreset.Convirt), new ContrastiveRecipe(Gloria, ContrastivePreset.Gloria),
        }.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);

    public IEnumerable<IRecipe> All => _recipes.Values.OrderBy(r => r.Name, StringComparer.Ordinal);

    /// <exception cref="MeshException">Names <c>spec.recipe</c> or <c>spec.preset</c>.</exception>
    public IRecipe Find(string recipe, string preset)
    {
        if (!_recipes.TryGetValue(recipe, out var found))
            throw MeshException.Invalid("spec.recipe", $"'{recipe}' is none of {string.Join(", ", All.Select(r => r.Name))}");
        return found.Presets.Contains(preset)
            ? found
            : throw MeshException.Invalid("spec.preset", $"'{preset}' is none of {recipe}'s: {string.Join(", ", found.Presets)}");
    }
}
