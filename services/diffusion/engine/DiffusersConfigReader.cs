using System.Text.Json;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>What the engine needs of <c>unet/config.json</c>.</summary>
internal sealed record DiffusersUNetConfig
{
    /// <summary>Side of the latent that it was trained on.</summary>
    public int SampleSize { get; init; }

    /// <summary>Latent channels.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>One entry a level; each level but the last halves the side.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [];
}

/// <summary>What the engine needs of <c>vae_decoder/config.json</c>.</summary>
internal sealed record DiffusersVaeDecoderConfig
{
    /// <summary>The U-Net's latent is the decoder's times this.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Taken off the decoder's latent before scaling.</summary>
    public double ShiftFactor { get; init; }
}

/// <summary>What the engine needs of <c>text_encoder/config.json</c>.</summary>
internal sealed record DiffusersTextEncoderConfig
{
    /// <summary>Tokens that it takes.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;
}

/// <summary>Reads the configuration files of a diffusers folder.</summary>
internal static class DiffusersConfigReader
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="InvalidDataException">The file is missing or is not what it should be.</exception>
    public static T Read<T>(string path)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: is missing");
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), s_json) ?? throw new InvalidDataException($"{path}: is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }
}
