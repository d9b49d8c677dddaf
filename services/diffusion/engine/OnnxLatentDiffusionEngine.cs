using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// Latent diffusion from a diffusers ONNX folder: text encoder, U-Net, VAE decoder, tokenizer, scheduler. All sizes come from its
/// JSON files and graphs, so the shipped small model and a Stable Diffusion 1.x export run on the same code.
/// </summary>
internal sealed class OnnxLatentDiffusionEngine : IDiffusionEngine
{
    private readonly TextEncoderSession _encoder;
    private readonly UNetSession _unet;
    private readonly VaeDecoderSession _decoder;
    private readonly ClipTokenizer _tokenizer;
    private readonly int _levels;
    private readonly int _sampleSize;

    private OnnxLatentDiffusionEngine(ModelFolder folder, OnnxSessionOptions settings)
    {
        Folder = folder;
        Fingerprint = EngineFingerprint.Describe(settings);
        Deterministic = settings.ExecutionProvider == ExecutionProviderNames.Cpu;
        Schedulers = SchedulerSet.Load(folder.FileOf("scheduler/scheduler_config.json"));
        CheckDefaults(folder, Schedulers);
        var config = DiffusersConfigReader.Read<DiffusersUNetConfig>(folder.FileOf("unet/config.json"));
        if (config.SampleSize < 1 || config.InChannels < 1 || config.BlockOutChannels.Count == 0)
            throw new InvalidDataException(
                $"{folder.Path}/unet/config.json: The file must have the keys sample_size, in_channels and block_out_channels.");
        Channels = config.InChannels;
        OutputsPerElement = (config.OutChannels ?? config.InChannels) / config.InChannels;
        _sampleSize = config.SampleSize;
        _levels = config.BlockOutChannels.Count;
        var positions = DiffusersConfigReader.Read<DiffusersTextEncoderConfig>(
            folder.FileOf("text_encoder/config.json")).MaxPositionEmbeddings;
        _tokenizer = new ClipTokenizer(ClipTokenizerFiles.Read(Path.Combine(folder.Path, "tokenizer"), positions));
        _encoder = new TextEncoderSession(folder.FileOf("text_encoder/model.onnx"), settings);
        _unet = new UNetSession(folder.FileOf("unet/model.onnx"), settings);
        _decoder = new VaeDecoderSession(
            folder.FileOf("vae_decoder/model.onnx"),
            DiffusersConfigReader.Read<DiffusersVaeDecoderConfig>(folder.FileOf("vae_decoder/config.json")), Channels, _sampleSize,
            settings);
        Unconditional = _encoder.Encode(_tokenizer.Tokenize(""));
    }

    /// <summary>Loads a model folder.</summary>
    /// <exception cref="InvalidDataException">Names the file that is wrong.</exception>
    public static OnnxLatentDiffusionEngine Load(string path, OnnxSessionOptions settings)
    {
        var folder = ModelFolder.Open(path);
        if (folder.Card.Kind != ModelKindNames.LatentDiffusion)
            throw new InvalidDataException(
                $"{folder.Path}: The model must be of the kind {ModelKindNames.LatentDiffusion}, not {folder.Card.Kind}.");
        if (!SchedulerNames.IsKnown(folder.Card.Defaults!.Scheduler))
            throw new InvalidDataException(
                $"{folder.Path}/model.yaml: defaults.scheduler: {SchedulerNames.DescribeUnknown(folder.Card.Defaults.Scheduler)}");
        return new OnnxLatentDiffusionEngine(folder, settings);
    }

    // What the config and the card's defaults can't do together shows when the model loads.
    private static void CheckDefaults(ModelFolder folder, SchedulerSet schedulers)
    {
        var defaults = folder.Card.Defaults!;
        try
        {
            schedulers.Get(defaults.Scheduler).SetTimesteps(defaults.Steps, SamplingOptions.None, 1);
        }
        catch (SamplingRefusedException refusal)
        {
            throw new InvalidDataException($"{folder.Path}/model.yaml: defaults: {refusal.Message}", refusal);
        }
    }

    public string Name => DiffusionEngineNames.OnnxLatentDiffusion;

    public ModelFolder Folder { get; }

    public ModelCard Card => Folder.Card;

    public string Digest => Folder.Digest;

    public string Fingerprint { get; }

    /// <summary>
    /// True on the CPU, where tests prove it; on a GPU the kernels are chosen by timing, so the same bytes can't be promised.
    /// </summary>
    public bool Deterministic { get; }

    public SchedulerSet Schedulers { get; }

    public int Channels { get; }

    public int OutputsPerElement { get; }

    public int Scale => _decoder.Scale;

    /// <summary>The decoder's scale times 2 for each level of the U-Net that halves the side.</summary>
    public int SideStep => Scale << (_levels - 1);

    /// <summary>
    /// Twice the side that the U-Net was trained on: the cost of its attention grows with the fourth power of the side.
    /// </summary>
    public int MaxSide => 2 * _sampleSize * Scale;

    public int? FixedHeight => _unet.FixedSide(2) is > 0 and var side ? side * Scale : null;

    public int? FixedWidth => _unet.FixedSide(3) is > 0 and var side ? side * Scale : null;

    public bool HasNativeSize => _unet.HasNativeSize;

    public float[] Unconditional { get; }

    public TokenizedPrompt Tokenize(string prompt) => _tokenizer.Tokenize(prompt);

    public float[] Encode(TokenizedPrompt prompt) => _encoder.Encode(prompt);

    public float[][] Predict(IReadOnlyList<UNetRow> rows, int height, int width) =>
        _unet.Predict(rows, _tokenizer.MaxLength, Channels, height, width);

    public ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation) =>
        ValueTask.FromResult(Predict(rows, height, width));

    public GrayImage Decode(ReadOnlySpan<float> latent, int height, int width) => _decoder.Decode(latent, Channels, height, width);

    public void Dispose()
    {
        _encoder.Dispose();
        _unet.Dispose();
        _decoder.Dispose();
    }
}
