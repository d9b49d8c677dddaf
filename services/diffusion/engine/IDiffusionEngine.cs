using System.Collections.Frozen;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>A model that draws: states of a prompt, a prediction a step, a picture. Named by the setting <c>Diffusion:Engine</c>.</summary>
internal interface IDiffusionEngine : IDisposable
{
    /// <summary>The engine's name in answers and manifests: one of <see cref="DiffusionEngineNames"/>.</summary>
    string Name { get; }

    ModelCard Card { get; }

    /// <summary>What tells this model from any other, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>What byte-equality holds for.</summary>
    string Fingerprint { get; }

    /// <summary>True when the same order gives the same bytes at any batch and thread count.</summary>
    bool Deterministic { get; }

    ForwardProcess ForwardProcess { get; }

    /// <summary>Latent channels.</summary>
    int Channels { get; }

    /// <summary>Pixels a side for each latent element.</summary>
    int Scale { get; }

    /// <summary>Sides are multiples of this.</summary>
    int SideStep { get; }

    /// <summary>The longest side, in pixels.</summary>
    int MaxSide { get; }

    /// <summary>A side in pixels that the model fixes, or null.</summary>
    int? FixedHeight { get; }

    int? FixedWidth { get; }

    /// <summary>True when the model can be asked for the look of a source.</summary>
    bool HasNativeSize { get; }

    /// <summary>States of the empty prompt.</summary>
    float[] Unconditional { get; }

    TokenizedPrompt Tokenize(string prompt);

    /// <summary>States of a prompt, [tokens, width].</summary>
    float[] Encode(TokenizedPrompt prompt);

    /// <summary>Predictions for rows of one latent shape, [C, h, w] each.</summary>
    ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation);

    /// <summary>The picture of a latent [C, h, w].</summary>
    GrayImage Decode(ReadOnlySpan<float> latent, int height, int width);
}

/// <summary>The engines by name.</summary>
internal static class DiffusionEngineNames
{
    /// <summary>Latent diffusion from a diffusers ONNX folder: the one that draws radiographs.</summary>
    public const string OnnxLatentDiffusion = "onnx-latent-diffusion";

    /// <summary>Noise at a known price: for measuring the mesh itself, its scale, its overload, its losses.</summary>
    public const string FixedCost = "fixed-cost";

    /// <summary>Loads a model folder.</summary>
    public delegate IDiffusionEngine EngineFactory(string folder, DiffusionOptions options, TimeProvider time);

    public static FrozenDictionary<string, EngineFactory> ByName { get; } = new Dictionary<string, EngineFactory>
    {
        [OnnxLatentDiffusion] = (folder, options, _) => Engine.OnnxLatentDiffusionEngine.Load(folder,
            new OnnxSessionOptions(options.ExecutionProvider, options.Threads)),
        [FixedCost] = (folder, options, time) => new FixedCostEngine(folder, options.FixedCost, time),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
