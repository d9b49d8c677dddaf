using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// Latent diffusion from a diffusers ONNX folder: text encoder, U-Net (or transformer), VAE decoder, tokenizer, scheduler. All sizes come
/// from its JSON files and graphs, so the shipped small model and any Stable Diffusion 1.x or 2.x export run on the same code.
/// </summary>
internal sealed class OnnxLatentDiffusionEngine : IDiffusionEngine
{
    private const int UsualChannels = 4; // Stable Diffusion 1.x and 2.x, where neither graph nor config says
    private const int InpaintingChannels = 9; // a latent's four, a mask's one, and four of the image without what the mask redraws
    private const int UsualTokens = 77; // CLIP's, where neither graph nor config says
    private const int CachedPrompts = 64;
    private readonly List<IDisposable> _sessions = [];
    private readonly TextEncoderSession _encoder;
    private readonly UNetSession _unet;
    private readonly RowSliceRunner _slices;
    private readonly VaeDecoderSession _decoder;
    private readonly VaeEncoderSession? _imageEncoder;
    private readonly ClipTokenizer _tokenizer;
    private readonly TextStateCache _states;
    private readonly int _stateWidth;

    private OnnxLatentDiffusionEngine(ModelFolder folder, OnnxSessionOptions settings)
    {
        Folder = folder;
        Fingerprint = EngineFingerprint.Describe(settings);
        Deterministic = settings.ExecutionProvider == ExecutionProviderNames.Cpu;
        Schedulers = SchedulerSet.Load(folder.FileOf("scheduler/scheduler_config.json"));
        _slices = new RowSliceRunner(settings);
        CheckDefaults();
        var files = new DiffusersFolder(folder);
        try
        {
            _encoder = Keep(new TextEncoderSession(files.TextEncoder, settings));
            _unet = Keep(new UNetSession(files.Denoiser, files.DenoiserConfig, settings));
            _decoder = Keep(new VaeDecoderSession(files.Decoder, files.DecoderConfig, settings));
            var positions = _encoder.FixedTokens ?? files.TextEncoderConfig.ReadCount("max_position_embeddings") ?? UsualTokens;
            _tokenizer = new ClipTokenizer(
                ClipTokenizerFiles.Read(files.Tokenizer, positions, files.TextEncoderConfig.ReadCount("vocab_size")));
            _states = new TextStateCache(CachedPrompts, _encoder.Encode);
            Unconditional = ModelTrial.EncodeEmptyPrompt(_encoder, _tokenizer);
            _stateWidth = Unconditional.Length / _tokenizer.MaxLength;
            _unet.RequireStates(_tokenizer.MaxLength, _stateWidth);
            Channels = RequireSameChannels();
            OutputsPerElement = (_unet.OutputChannels ?? Channels) / Channels;
            FixedLatent = (FixedSide(2), FixedSide(3));
            LatentStep = files.LatentStep ?? ModelTrial.FindLatentStep(this, _unet);
            var trial = (FixedLatent.Height ?? LatentStep, FixedLatent.Width ?? LatentStep);
            Scale = ModelTrial.MeasureScale(_decoder, Channels, trial);
            if (files.Encoder is { } encoder)
            {
                _imageEncoder = Keep(new VaeEncoderSession(encoder, files.EncoderConfig, _decoder, Channels, Scale, settings));
                _imageEncoder.Try(trial);
            }
            SampleSize = files.SampleSize ?? Math.Max(Card.Defaults!.Width, Card.Defaults.Height) / Scale;
            TrainedSize = files.TrainedSize is { } size ? (size.Height * Scale, size.Width * Scale) : null;
            Trial = ToImage(ModelTrial.Draw(this, _unet, _decoder, trial), trial.Item1, trial.Item2, ImageChannelNames.Gray);
        }
        catch
        {
            Dispose();
            throw;
        }
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

    public int Scale { get; }

    /// <summary>The decoder's scale times what the sides of a latent must be multiples of.</summary>
    public int SideStep => Scale * LatentStep;

    /// <summary>
    /// Twice the side that the U-Net was trained on: the cost of its attention grows with the fourth power of the side.
    /// </summary>
    public int MaxSide => 2 * SampleSize * Scale;

    public int? FixedHeight => FixedLatent.Height * Scale;

    public int? FixedWidth => FixedLatent.Width * Scale;

    public bool HasNativeSize => _unet.HasNativeSize;

    public bool EmbedsGuidance => _unet.GuidanceWidth is not null;

    public int Colours => _decoder.Colours;

    public float[] Unconditional { get; }

    /// <summary>
    /// Height and width in pixels of the images that the network was trained on, by its config; null where no config says.
    /// </summary>
    public (int Height, int Width)? TrainedSize { get; }

    /// <summary>What the trial at load has drawn: the estimate after one guided step, at the smallest size that the graphs take.</summary>
    public RasterImage Trial { get; }

    /// <summary>How the U-Net declares its timestep.</summary>
    public TensorDeclaration Timestep => _unet.Timestep;

    /// <summary>The sides of a latent that a graph fixes; null where they can be chosen.</summary>
    private (int? Height, int? Width) FixedLatent { get; }

    /// <summary>The sides of a latent are multiples of this, so that each level of the U-Net can halve them.</summary>
    private int LatentStep { get; }

    /// <summary>Side of the latents that the U-Net was trained on.</summary>
    private int SampleSize { get; }

    public bool TakesSeveralChunks => _unet.FixedTokens is null;

    public int CountChunks(string prompt) => _tokenizer.CountChunks(prompt);

    public TokenizedPrompt Tokenize(string prompt, int chunks = 1) => _tokenizer.Tokenize(prompt, chunks);

    // Each chunk is encoded apart: the encoder has no positions for more.
    public float[] Encode(TokenizedPrompt prompt)
    {
        var chunks = prompt.Ids.Chunk(_tokenizer.MaxLength).Select(ids => _states.Get(prompt with { Ids = ids })).ToList();
        return chunks is [var only] ? only : [.. chunks.SelectMany(states => states)]; // [chunks T, D]
    }

    public string? FindEncoderProblem(int width, int height) => _imageEncoder is null
        ? $"The model '{Card.Name}' has no vae_encoder, so it can't start from an image."
        : _imageEncoder.FindProblem(width, height) is { } problem ? $"The vae_encoder of the model '{Card.Name}' {problem}." : null;

    public float[] EncodeImage(RasterImage image)
    {
        var latent = _imageEncoder!.Encode(image);
        RequireFinite(latent, _imageEncoder.OutputName, "encoder");
        return latent;
    }

    public async ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation) =>
        await _slices.RunAsync(rows, UNetSlicePlan.Split(rows, _unet, _slices), slice => RunSlice(slice, height, width), cancellation);

    /// <summary>The predictions of <see cref="PredictAsync"/>, one slice after another.</summary>
    public float[][] Predict(IReadOnlyList<UNetRow> rows, int height, int width)
    {
        var predictions = new float[rows.Count][];
        foreach (var slice in UNetSlicePlan.Split(rows, _unet, _slices))
        {
            var output = RunSlice([.. slice.Slots.Select(slot => rows[slot])], height, width);
            for (var i = 0; i < slice.Count; i++)
                predictions[slice.Slots[i]] = output[i];
        }
        return predictions;
    }

    /// <summary>The samples of a latent [C, h, w]: [colours, H, W], -1 black to 1 white, not clipped.</summary>
    public float[] DecodeSamples(ReadOnlySpan<float> latent, int height, int width) => _decoder.Decode(latent, Channels, height, width);

    public RasterImage Decode(ReadOnlySpan<float> latent, int height, int width, string channels)
    {
        var samples = DecodeSamples(latent, height, width);
        RequireFinite(samples, _decoder.OutputName, "decoder");
        return ToImage(samples, height, width, channels);
    }

    public void Dispose() => _sessions.ForEach(session => session.Dispose());

    private RasterImage ToImage(float[] samples, int height, int width, string channels)
    {
        var (size, kept) = (samples.Length / Colours, channels == ImageChannelNames.Rgb ? Colours : 1);
        var pixels = new byte[size * kept];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = _decoder.ToByte(kept == Colours ? samples[(i % kept * size) + (i / kept)] : Mean(samples, i, size));
        return new RasterImage(width * Scale, height * Scale, kept, pixels);
    }

    private float[][] RunSlice(IReadOnlyList<UNetRow> rows, int height, int width) =>
        _unet.Run(rows, rows[0].States.Length / _stateWidth, Channels, height, width);

    private void RequireFinite(float[] values, string output, string part)
    {
        if (Array.Exists(values, value => !float.IsFinite(value)))
        {
            throw new MeshException(ErrorReasons.ModelOutputNotFinite,
                $"The output '{output}' of {Card.Name}'s {part} holds NaN or infinity.");
        }
    }

    private T Keep<T>(T session) where T : IDisposable
    {
        _sessions.Add(session);
        return session;
    }

    // What the config and the card's defaults can't do together shows when the model loads.
    private void CheckDefaults()
    {
        var defaults = Card.Defaults!;
        try
        {
            Schedulers.Get(defaults.Scheduler).SetTimesteps(defaults.Steps, SamplingOptions.None, 1);
        }
        catch (SamplingRefusedException refusal)
        {
            throw new InvalidDataException($"{Folder.Path}/model.yaml: defaults: {refusal.Message}", refusal);
        }
    }

    private int RequireSameChannels()
    {
        var taken = _unet.Channels;
        var decoded = _decoder.LatentChannels ?? (taken == InpaintingChannels ? UsualChannels : taken);
        if (taken == InpaintingChannels && decoded == UsualChannels)
        {
            throw new InvalidDataException($"{_unet.Path}: This is an in-painting U-Net of 9 channels (latent, mask and masked image side "
                + "by side), which is not drawn with. One of 4 channels in-paints as well: a spec gives it an image and a mask.");
        }
        if (taken is not null && taken != decoded)
        {
            throw new InvalidDataException($"{_unet.Path}: The network takes {taken} channels and the decoder {decoded}: one with channels "
                + "beside the latent's (8 for editing, 5 with depth) is not drawn with.");
        }
        return decoded ?? UsualChannels;
    }

    private int? FixedSide(int dimension)
    {
        var (denoised, decoded) = (_unet.FixedSide(dimension), _decoder.FixedSide(dimension));
        return denoised is null || decoded is null || denoised == decoded ? denoised ?? decoded : throw new InvalidDataException(
            $"{_unet.Path}: The graph fixes a side of the latent to {denoised} and the decoder to {decoded}.");
    }

    private static float Mean(float[] samples, int pixel, int size)
    {
        var sum = 0f;
        for (var colour = 0; colour * size < samples.Length; colour++)
            sum += samples[(colour * size) + pixel];
        return sum / (samples.Length / size);
    }
}
