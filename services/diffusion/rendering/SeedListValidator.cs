using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>Checks the seeds of a request for several images of one spec.</summary>
internal static class SeedListValidator
{
    private const string Field = "seeds";

    /// <param name="seeds">Empty where the spec's own seed counts.</param>
    /// <param name="specSeed">The spec's own seed.</param>
    /// <param name="most">Images that a call may ask for.</param>
    /// <exception cref="MeshException">INVALID_FIELD; a seed that is wrong is named by its index.</exception>
    public static void Check(IReadOnlyList<ulong> seeds, ulong specSeed, int most)
    {
        if (seeds.Count > 0 && specSeed != 0)
            throw MeshException.Invalid("spec.seed", "The seed is one of the list's; leave the field out beside seeds.");
        if (seeds.Count > most)
            throw MeshException.Invalid(Field, $"There may be at most {most} seeds, not {seeds.Count}.");
        var first = new Dictionary<ulong, int>();
        for (var i = 0; i < seeds.Count; i++)
        {
            if (!first.TryAdd(seeds[i], i))
                throw MeshException.Invalid($"{Field}[{i}]",
                    $"The seed {seeds[i]} is given twice, first as number {first[seeds[i]] + 1}; give each once.");
        }
    }
}
