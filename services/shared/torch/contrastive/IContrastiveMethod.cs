using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Export;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>What stands on the two encoders: how their outputs meet, are compared and are taught.</summary>
public interface IContrastiveMethod : IDisposable
{
    /// <summary>Named <c>image_head</c> in a checkpoint.</summary>
    nn.Module ImageHead { get; }

    /// <summary>Named <c>text_head</c> in a checkpoint; null if the method has none.</summary>
    nn.Module? TextHead { get; }

    /// <param name="stages">What the image encoder's stages give; the last two are read.</param>
    /// <param name="regions">True if the regions are wanted.</param>
    ImageEmbeddings ProjectImages(IReadOnlyList<Tensor> stages, bool regions);

    /// <param name="states">The text encoder's hidden states, [B, T, H] each.</param>
    TextEmbeddings ProjectTexts(IReadOnlyList<Tensor> states, TokenBatch tokens);

    /// <summary>How well each image (row) goes with each text (column). [B, C]</summary>
    Tensor Similarity(ImageEmbeddings images, TextEmbeddings texts);

    /// <summary>
    /// Where each text (column) is in each image (row): similarity of the regions, or what the words look at. [B, C, h, w]
    /// </summary>
    /// <param name="images">With regions.</param>
    /// <param name="texts">To be found.</param>
    Tensor GroundingMaps(ImageEmbeddings images, TextEmbeddings texts);

    /// <summary>The scalar that training makes small; image i goes with text i.</summary>
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
    /// <summary>Choose it where whole pictures are compared with whole texts: the cheapest.</summary>
    public const string Convirt = "convirt";

    /// <summary>Choose it where words are to be found in the picture.</summary>
    public const string Gloria = "gloria";

    /// <summary>Makes the heads that a card asks for, with new weights.</summary>
    /// <exception cref="InvalidDataException">Names <c>vision_language.method</c>.</exception>
    public static IContrastiveMethod CreateMethod(VisionLanguageCard card, int regionChannels, int imageChannels) => card.Method switch
    {
        Convirt => new ConvirtMethod(card, imageChannels),
        Gloria => new GloriaMethod(card, regionChannels, imageChannels),
        _ => throw new InvalidDataException($"vision_language.method: '{card.Method}' is neither {Convirt} nor {Gloria}"),
    };
}
