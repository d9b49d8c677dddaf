using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Export;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>A contrastive method on top of the two encoders: how their outputs are projected, compared and trained.</summary>
public interface IContrastiveMethod : IDisposable
{
    /// <summary>Named <c>image_head</c> in a checkpoint.</summary>
    nn.Module ImageHead { get; }

    /// <summary>Named <c>text_head</c> in a checkpoint; null if the method has none.</summary>
    nn.Module? TextHead { get; }

    /// <param name="stages">Outputs of the image encoder's stages; the last two are read.</param>
    /// <param name="regions">True if the regions are wanted.</param>
    ImageEmbeddings ProjectImages(IReadOnlyList<Tensor> stages, bool regions);

    /// <param name="states">The text encoder's hidden states, [B, T, H] each.</param>
    TextEmbeddings ProjectTexts(IReadOnlyList<Tensor> states, TokenBatch tokens);

    /// <summary>Similarity of each image (row) to each text (column), higher for better matches. [B, C]</summary>
    Tensor Similarity(ImageEmbeddings images, TextEmbeddings texts);

    /// <summary>
    /// Where each image (row) shows what each text (column) says: similarity of its regions, or the attention of the words. [B, C, h, w]
    /// </summary>
    /// <param name="images">With regions.</param>
    /// <param name="texts">To be found.</param>
    Tensor GroundingMaps(ImageEmbeddings images, TextEmbeddings texts);

    /// <summary>The scalar loss of a batch in which image i belongs to text i.</summary>
    Tensor Loss(ImageEmbeddings images, TextEmbeddings texts);

    /// <summary>Writes <c>image_embeds</c>, of length 1, and <c>regions</c>.</summary>
    /// <param name="graph">Under construction.</param>
    /// <param name="stages">As <see cref="ProjectImages"/> reads them.</param>
    void EmitImages(OnnxGraphWriter graph, IReadOnlyList<string> stages);

    /// <summary>Writes <c>text_embeds</c>, of length 1.</summary>
    /// <param name="graph">Under construction.</param>
    /// <param name="states">The hidden states.</param>
    /// <param name="mask">[B, T, 1], 1 where there is a token.</param>
    /// <param name="words">[B, T, 1], 1 where there is a piece of a word.</param>
    void EmitTexts(OnnxGraphWriter graph, IReadOnlyList<string> states, string mask, string words);
}

/// <summary>The methods, by name.</summary>
public static class ContrastiveMethodNames
{
    /// <summary>Choose it to compare whole images with whole texts; the cheaper of the two.</summary>
    public const string Convirt = "convirt";

    /// <summary>Choose it to find words in the regions of an image.</summary>
    public const string Gloria = "gloria";

    /// <summary>Creates the method of a model card, with new weights.</summary>
    /// <exception cref="InvalidDataException">Names <c>vision_language.method</c>.</exception>
    public static IContrastiveMethod CreateMethod(VisionLanguageCard card, int regionChannels, int imageChannels) => card.Method switch
    {
        Convirt => new ConvirtMethod(card, imageChannels),
        Gloria => new GloriaMethod(card, regionChannels, imageChannels),
        _ => throw new InvalidDataException(
            $"vision_language.method: there is no method '{card.Method}'; it must be {Convirt} or {Gloria}"),
    };
}
