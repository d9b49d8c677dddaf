using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Trainer.Recipes.Contrastive;
using SynCxr.Mesh.Trainer.Recipes.Diffusion;
using SynCxr.Mesh.Trainer.Recipes.Judge;

namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>The recipes by name. A new one is a class, a constant in <see cref="RecipeNames"/> and a line here.</summary>
internal sealed class RecipeRegistry(IOptions<TrainerOptions> options)
{
    private readonly FrozenDictionary<string, IRecipe> _recipes =
        new IRecipe[]
        {
            new LatentDiffusionRecipe(options.Value.JudgeFolder),
            new QualityJudgeRecipe(),
            new ContrastiveRecipe(RecipeNames.Convirt, ContrastivePreset.Convirt),
            new ContrastiveRecipe(RecipeNames.Gloria, ContrastivePreset.Gloria),
        }.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);

    public IEnumerable<IRecipe> All => _recipes.Values.OrderBy(r => r.Name, StringComparer.Ordinal);

    /// <exception cref="MeshException">Names <c>spec.recipe</c> or <c>spec.preset</c>.</exception>
    public IRecipe Find(string recipe, string preset)
    {
        if (!_recipes.TryGetValue(recipe, out var found))
            throw MeshException.Invalid("spec.recipe",
                $"there is no recipe '{EchoedText.Shorten(recipe)}'; the recipes are {string.Join(", ", All.Select(r => r.Name))}");
        return found.Presets.Contains(preset)
            ? found
            : throw MeshException.Invalid("spec.preset",
                $"recipe {recipe} has no preset '{EchoedText.Shorten(preset)}'; its presets are {string.Join(", ", found.Presets)}");
    }
}
