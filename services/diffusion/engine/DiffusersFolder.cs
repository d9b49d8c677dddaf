using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>Where the graphs of a diffusers folder lie, and what its configs say of sizes.</summary>
internal sealed class DiffusersFolder
{
    private const string UNetFolder = "unet", TransformerFolder = "transformer", TextEncoderFolder = "text_encoder",
        DecoderFolder = "vae_decoder", EncoderFolder = "vae_encoder", Graph = "model.onnx", Config = "config.json",
        PipelineFile = "model_index.json";

    // In the names of diffusers' pipeline classes; more than one text encoder, or another latent than an image's.
    private static readonly string[] _otherPipelines =
        ["XL", "StableDiffusion3", "Flux", "PixArt", "Kandinsky", "Cascade", "Video", "Audio", "InstructPix2Pix", "Upscale"];

    private readonly ModelFolder _folder;
    private readonly string _denoiser;

    /// <exception cref="InvalidDataException">A graph is missing, or it is a pipeline of two text encoders or two denoisers.</exception>
    public DiffusersFolder(ModelFolder folder)
    {
        _folder = folder;
        RefuseOtherPipelines(Path.Combine(folder.Path, PipelineFile));
        if (Has("text_encoder_2"))
        {
            throw new InvalidDataException(
                $"{folder.Path}/text_encoder_2: A pipeline with a second text encoder (Stable Diffusion XL, 3, Flux) is not drawn with.");
        }
        if (Has(UNetFolder) && Has(TransformerFolder))
            throw new InvalidDataException($"{folder.Path}: The folder must have {UNetFolder} or {TransformerFolder}, not both.");
        _denoiser = Has(TransformerFolder) ? TransformerFolder : UNetFolder;
        (TextEncoder, Denoiser, Decoder) = (GraphOf(TextEncoderFolder), GraphOf(_denoiser), GraphOf(DecoderFolder));
        Encoder = Has(EncoderFolder) ? GraphOf(EncoderFolder) : null;
        (TextEncoderConfig, DenoiserConfig, DecoderConfig) = (ConfigOf(TextEncoderFolder), ConfigOf(_denoiser), ConfigOf(DecoderFolder));
    }

    public string Tokenizer => Path.Combine(_folder.Path, "tokenizer");

    public string TextEncoder { get; }

    public DiffusersConfig TextEncoderConfig { get; }

    /// <summary>The U-Net or the transformer.</summary>
    public string Denoiser { get; }

    public DiffusersConfig DenoiserConfig { get; }

    public string Decoder { get; }

    public DiffusersConfig DecoderConfig { get; }

    /// <summary>The encoder of images; null where the folder has none.</summary>
    public string? Encoder { get; }

    public DiffusersConfig EncoderConfig => ConfigOf(EncoderFolder);

    /// <summary>
    /// What the sides of a latent are multiples of: each level of a U-Net but the last halves them, a transformer cuts them into patches;
    /// null where no config says.
    /// </summary>
    public int? LatentStep => _denoiser == TransformerFolder
        ? DenoiserConfig.ReadCount("patch_size")
        : DenoiserConfig.ReadCounts("block_out_channels") is { } levels ? 1 << (levels.Count - 1) : null;

    /// <summary>Longer side of the latents that the network was trained on; null where no config says.</summary>
    public int? SampleSize => TrainedSize is { } size ? Math.Max(size.Height, size.Width) : null;

    /// <summary>Height and width of these latents; null where no config says.</summary>
    public (int Height, int Width)? TrainedSize => DenoiserConfig.ReadSize("sample_size");

    /// <summary>A pipeline's own file need not be there; where it is, it must not name one that is drawn with otherwise.</summary>
    private static void RefuseOtherPipelines(string path)
    {
        if (DiffusersConfig.Read(path).ReadText("_class_name") is { } name
            && _otherPipelines.FirstOrDefault(other => name.Contains(other, StringComparison.Ordinal)) is { } family)
        {
            throw new InvalidDataException(
                $"{path}: _class_name: A pipeline of the family {family} is not drawn with.");
        }
    }

    private bool Has(string part) => Directory.Exists(Path.Combine(_folder.Path, part));

    private string GraphOf(string part) => _folder.FileOf($"{part}/{Graph}");

    private DiffusersConfig ConfigOf(string part) => DiffusersConfig.Read(Path.Combine(_folder.Path, part, Config));
}
