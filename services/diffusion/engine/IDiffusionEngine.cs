using System.Collections.Frozen;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// A loaded model that renders images: it encodes prompts, predicts at each denoising step and decodes latents. The setting
/// <c>Diffusion:Engine</c> names the kind.
/// </summary>
internal interface IDiffusionEngine : IDisposable
{
    /// <summary>Name of the engine in answers and manifests: one of <see cref="DiffusionEngineNames"/>.</summary>
    string Name { get; }

    ModelCard Card { get; }

    /// <summary>SHA-256 that tells this model from any other, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>The runtime and hardware that the same bytes are promised for.</summary>
    string Fingerprint { get; }

    /// <summary>True when the same spec gives the same bytes at any batch size and number of threads.</summary>
    bool Deterministic { get; }

    /// <summary>The schedulers that it can be sampled with.</summary>
    SchedulerSet Schedulers { get; }

    /// <summary>Latent channels.</summary>
    int Channels { get; }

    /// <summary>Numbers that the network gives for each element of the latent: 2 where it predicts variances too, else 1.</summary>
    int OutputsPerElement { get; }

    /// <summary>Pixels a side for each latent element.</summary>
    int Scale { get; }

    /// <summary>The sides of an image must be multiples of this, in pixels.</summary>
    int SideStep { get; }

    /// <summary>The longest side, in pixels.</summary>
    int MaxSide { get; }

    /// <summary>The only height that the model renders, in pixels; null where it can be chosen.</summary>
    int? FixedHeight { get; }

    /// <summary>The only width that the model renders, in pixels; null where it can be chosen.</summary>
    int? FixedWidth { get; }

    /// <summary>True when the model is conditioned on the native size of its training images.</summary>
    bool HasNativeSize { get; }

    /// <summary>True when the network takes the guidance scale as an input, so that a guided image needs one row a step.</summary>
    bool EmbedsGuidance { get; }

    /// <summary>Colour channels that the decoder gives: 1 or 3.</summary>
    int Colours { get; }

    /// <summary>Text states of the empty prompt, [tokens, width].</summary>
    float[] Unconditional { get; }

    /// <summary>True when a prompt can have several chunks: the network leaves its number of text states open.</summary>
    bool TakesSeveralChunks { get; }

    /// <summary>Number of chunks that hold a whole prompt, at least 1.</summary>
    int CountChunks(string prompt);

    /// <summary>A prompt's tokens in so many chunks; what doesn't fit is cut.</summary>
    TokenizedPrompt Tokenize(string prompt, int chunks = 1);

    /// <summary>Text states of a prompt, [tokens, width]: those of its chunks, one after the other.</summary>
    float[] Encode(TokenizedPrompt prompt);

    /// <summary>Why an image of that size in pixels can't be encoded, a sentence on the model; null where it can.</summary>
    string? FindEncoderProblem(int width, int height);

    /// <summary>The latent [C, h, w] of an image, the same at each call.</summary>
    /// <exception cref="Errors.MeshException">MODEL_OUTPUT_NOT_FINITE.</exception>
    float[] EncodeImage(RasterImage image);

    /// <summary>Predictions for rows of one latent shape, [C, h, w] each.</summary>
    ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation);

    /// <summary>The image of a latent [C, h, w].</summary>
    /// <param name="channels">One of <see cref="ImageChannelNames"/>.</param>
    /// <exception cref="Errors.MeshException">MODEL_OUTPUT_NOT_FINITE.</exception>
    RasterImage Decode(ReadOnlySpan<float> latent, int height, int width, string channels);
}

/// <summary>The names of the engines.</summary>
internal static class DiffusionEngineNames
{
    /// <summary>Latent diffusion from a diffusers ONNX folder: the one that renders chest X-rays.</summary>
    public const string OnnxLatentDiffusion = "onnx-latent-diffusion";

    /// <summary>Noise at a known cost: for measuring the mesh itself, how it scales and what it does under overload and failures.</summary>
    public const string FixedCost = "fixed-cost";

    /// <summary>Makes an engine from a model folder.</summary>
    public delegate IDiffusionEngine EngineFactory(string folder, DiffusionOptions options, TimeProvider time);

    /// <summary>The names in ordinal order.</summary>
    public static IReadOnlyCollection<string> All { get; } = [FixedCost, OnnxLatentDiffusion];

    /// <summary>What makes each engine.</summary>
    public static FrozenDictionary<string, EngineFactory> ByName { get; } = new Dictionary<string, EngineFactory>
    {
        [OnnxLatentDiffusion] = (folder, options, _) => Engine.OnnxLatentDiffusionEngine.Load(folder,
            new OnnxSessionOptions(options.ExecutionProvider, options.Threads) { Device = options.DeviceSettings }),
        [FixedCost] = (folder, options, time) => new FixedCostEngine(folder, options.FixedCost, time),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
