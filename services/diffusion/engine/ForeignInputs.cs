namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>Inputs of networks of the same family that are conditioned on more than a prompt, and what they are, for a refusal.</summary>
internal static class ForeignInputs
{
    public static IReadOnlyDictionary<string, string> Meanings { get; } = new Dictionary<string, string>
    {
        ["text_embeds"] = "Stable Diffusion XL's pooled text states",
        ["time_ids"] = "Stable Diffusion XL's sizes",
        ["pooled_projections"] = "pooled text states, of Stable Diffusion 3 and Flux",
        ["class_labels"] = "classes or noise levels",
        ["mask"] = "a mask",
        ["image_embeds"] = "an image prompt's states",
    };
}
