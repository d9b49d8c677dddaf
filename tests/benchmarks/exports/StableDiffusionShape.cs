using SynCxr.Mesh.Models.Graphs;

namespace SynCxr.Mesh.Benchmarks.Exports;

/// <summary>Sizes of a pipeline with the structure of Stable Diffusion 1 (Rombach et al. 2022).</summary>
/// <param name="UNetChannels">Channels of the four levels of the U-Net; the first three have cross-attention.</param>
/// <param name="Groups">Groups of its norms.</param>
/// <param name="TextWidth">Width of the text states.</param>
/// <param name="TextHeads">Attention heads of the text encoder.</param>
/// <param name="TextLayers">Layers of the text encoder.</param>
/// <param name="DecoderChannels">Channels of the four levels of the decoder, the finest first.</param>
/// <param name="SampleSize">Side of the latents.</param>
/// <param name="Type">Element type of weights and values.</param>
internal sealed record StableDiffusionShape(
    IReadOnlyList<int> UNetChannels, int Groups, int TextWidth, int TextHeads, int TextLayers, IReadOnlyList<int> DecoderChannels,
    int SampleSize, OnnxElementType Type)
{
    /// <summary>Attention heads of the U-Net.</summary>
    public const int Heads = 8;

    /// <summary>Tokens of a prompt.</summary>
    public const int Tokens = 77;

    /// <summary>A U-Net of 54.5 M weights, for latents of 32 × 32.</summary>
    public static StableDiffusionShape Small { get; } = new(
        UNetChannels: [80, 160, 320, 320], Groups: 16, TextWidth: 304, TextHeads: 8, TextLayers: 2,
        DecoderChannels: [32, 64, 128, 128], SampleSize: 32, Type: OnnxElementType.Float);

    /// <summary>Stable Diffusion 1.5 itself, in float16: 2 GB.</summary>
    public static StableDiffusionShape Full { get; } = new(
        UNetChannels: [320, 640, 1280, 1280], Groups: 32, TextWidth: 768, TextHeads: 12, TextLayers: 12,
        DecoderChannels: [128, 256, 512, 512], SampleSize: 64, Type: OnnxElementType.Float16);
}
