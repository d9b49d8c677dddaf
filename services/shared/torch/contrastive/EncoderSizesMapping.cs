using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Networks;

namespace SynCxr.Mesh.Torch.Contrastive;

/// <summary>A card's sizes as configurations of networks, and back; what is a network's default stays off the card.</summary>
public static class EncoderSizesMapping
{
    public static ResNetConfig ToConfig(ResNetSizes sizes) =>
        new(sizes.Blocks, sizes.Bottleneck, sizes.Width) { StageWidths = sizes.StageWidths };

    /// <exception cref="InvalidDataException">The card's activation is none that is known here.</exception>
    public static BertConfig ToConfig(BertSizes sizes)
    {
        var config = new BertConfig(sizes.Vocabulary, sizes.Hidden, sizes.Layers, sizes.Heads, sizes.Intermediate, sizes.Positions,
            BertConfig.Base.Dropout);
        if (sizes.Activation is { } activation && !BertActivationNames.All.Contains(activation))
            throw new InvalidDataException(
                $"vision_language.text.activation: must be one of {string.Join(", ", BertActivationNames.All)}");
        return config with
        {
            Activation = sizes.Activation ?? config.Activation,
            LayerNormEps = sizes.LayerNormEps ?? config.LayerNormEps,
            TokenTypes = sizes.TokenTypes ?? config.TokenTypes,
        };
    }

    public static ResNetSizes ToSizes(ResNetConfig config) =>
        new() { Blocks = config.Blocks, Bottleneck = config.Bottleneck, Width = config.Width, StageWidths = config.StageWidths };

    public static BertSizes ToSizes(BertConfig config) => new()
    {
        Vocabulary = config.VocabSize,
        Hidden = config.Hidden,
        Layers = config.Layers,
        Heads = config.Heads,
        Intermediate = config.Intermediate,
        Positions = config.Positions,
        Activation = config.Activation == BertConfig.Base.Activation ? null : config.Activation,
        LayerNormEps = config.LayerNormEps == BertConfig.Base.LayerNormEps ? null : config.LayerNormEps,
        TokenTypes = config.TokenTypes == BertConfig.Base.TokenTypes ? null : config.TokenTypes,
    };
}
