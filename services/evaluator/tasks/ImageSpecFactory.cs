using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Creates the image specs of a finding: image i uses prompt i modulo their number, and a seed of its own.</summary>
internal static class ImageSpecFactory
{
    public static IReadOnlyList<ImageSpec> CreateAll(PromptFile book, string source, string finding, ModelDescription generator, ulong seed,
        int count) =>
        [.. Enumerable.Range(0, count).Select(i => Create(book, source, finding, generator, seed, i))];

    private static ImageSpec Create(PromptFile book, string source, string finding, ModelDescription generator, ulong seed, int number)
    {
        var prompts = book.FindFinding(source, finding).Prompts;
        var order = new ImageSpec
        {
            Model = generator.Name,
            Prompt = prompts[number % prompts.Count],
            Seed = unchecked(seed * 1_000_003 + (ulong)number),
        };
        if (generator.ImageDefaults?.HasNativeSize == true)
            order.NativeSize = book.FindSource(source).NativeSize;
        return order;
    }
}
