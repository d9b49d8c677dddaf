using System.Text.Json;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>The keys that the engine reads of <c>unet/config.json</c>.</summary>
internal sealed record DiffusersUNetConfig
{
    /// <summary>Side of the latents that the U-Net was trained on.</summary>
    public int SampleSize { get; init; }

    /// <summary>Latent channels.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Output channels: those of the latent, or twice as many where variances are predicted; null where it doesn't say.</summary>
    public int? OutChannels { get; init; }

    /// <summary>Channels of each level; each level but the last halves the side.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [];
}

/// <summary>The keys that the engine reads of <c>vae_decoder/config.json</c>.</summary>
internal sealed record DiffusersVaeDecoderConfig
{
    /// <summary>Factor from a latent of the decoder to one of the U-Net.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Subtracted from a latent of the decoder before it is scaled.</summary>
    public double ShiftFactor { get; init; }
}

/// <summary>The keys that the engine reads of <c>text_encoder/config.json</c>.</summary>
internal sealed record DiffusersTextEncoderConfig
{
    /// <summary>Number of tokens that the encoder takes.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;
}

/// <summary>Reads the configuration files of a diffusers folder.</summary>
internal static class DiffusersConfigReader
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="InvalidDataException">The file is missing or can't be read.</exception>
    public static T Read<T>(string path)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: The file is missing.");
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), _json)
                ?? throw new InvalidDataException($"{path}: The file must hold a JSON object, not null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }
}
