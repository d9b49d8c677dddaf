using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models;

/// <summary>How features are made of an image, beside what the folder's own files say.</summary>
public sealed record ImageEncoderCard
{
    /// <summary>The <see cref="NearDuplicate"/> of an encoder that was added without one.</summary>
    public const double UsualNearDuplicate = 0.98;

    /// <summary>One of <see cref="ImagePoolingNames"/>.</summary>
    public string Pooling { get; init; } = "";

    /// <summary>
    /// True where pictures are handed over as they are stored, so that <c>preprocessor_config.json</c> without <c>do_convert_rgb</c>
    /// refuses gray ones; false where they are brought to RGB first, as who computes features of radiographs does.
    /// </summary>
    public bool AsOpened { get; init; }

    /// <summary>Cosine to an accepted pair of the same data set at or above which an image is a near-duplicate.</summary>
    public double NearDuplicate { get; init; }
}

/// <summary>The ways to make one vector of what an image encoder computes.</summary>
public static class ImagePoolingNames
{
    /// <summary>The class token's state: RAD-DINO, DINOv2, ViT.</summary>
    public const string Cls = "cls";

    /// <summary>The mean of the patches' states, without the class token.</summary>
    public const string Mean = "mean";

    /// <summary>The vector that the encoder computes itself: CLIP's projection, SigLIP's attention pooling.</summary>
    public const string Output = "output";

    public static IReadOnlyList<string> All { get; } = [Cls, Mean, Output];
}

/// <summary>A family of image encoders of transformers, by <c>model_type</c> of <c>config.json</c>.</summary>
/// <param name="ModelType">As the file has it.</param>
/// <param name="ClassTokens">Tokens before those of the patches.</param>
/// <param name="PooledOutput">Name of the output [B, D] that it computes itself; empty where it has none.</param>
/// <param name="UsualPooling">What its features usually are.</param>
public sealed record ImageEncoderFamily(string ModelType, int ClassTokens, string PooledOutput, string UsualPooling)
{
    /// <summary>The tokens' states [B, T, D] of every family.</summary>
    public const string StatesOutput = "last_hidden_state";

    /// <summary>The input [B, 3, H, W] of every family.</summary>
    public const string PixelsInput = "pixel_values";

    private const string Key = "model_type";

    public static ImageEncoderFamily Dinov2 { get; } = new("dinov2", 1, "", ImagePoolingNames.Cls);

    public static ImageEncoderFamily Vit { get; } = new("vit", 1, "pooler_output", ImagePoolingNames.Cls);

    public static ImageEncoderFamily ClipVision { get; } = new("clip_vision_model", 1, "image_embeds", ImagePoolingNames.Output);

    public static ImageEncoderFamily SiglipVision { get; } = new("siglip_vision_model", 0, "pooler_output", ImagePoolingNames.Output);

    public static IReadOnlyList<ImageEncoderFamily> All { get; } = [Dinov2, Vit, ClipVision, SiglipVision];

    /// <summary>The family of a <c>config.json</c>; null where it is that of another model.</summary>
    public static ImageEncoderFamily? Find(JsonFileValue config) => config.Member(Key) is { IsText: true } type
        ? All.FirstOrDefault(family => family.ModelType == type.Text) : null;

    /// <exception cref="InvalidDataException">The file is that of another model.</exception>
    public static ImageEncoderFamily Require(JsonFileValue config) => Find(config) ?? throw config.RequireMember(Key)
        .Fault($"is of no image encoder that can be run; {string.Join(", ", All.Select(family => family.ModelType))} are");
}
