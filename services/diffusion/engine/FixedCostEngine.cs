using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// The engine <c>fixed-cost</c>: takes a known time for a batch of up to eight rows and renders the noise of the seed, without weights and
/// without processor time. It claims to depict what a model folder depicts, so that the same specs are accepted. An image takes the whole
/// time in <see cref="DefaultSteps"/> steps, and its share of it in fewer or more steps.
/// </summary>
internal sealed class FixedCostEngine : IDiffusionEngine
{
    /// <summary>Number of steps for requests that give none.</summary>
    public const int DefaultSteps = 4;

    private const int RowsPerBatch = 8;
    private const int Side = 64;
    private readonly TimeSpan _stepCost;
    private readonly TimeProvider _time;

    /// <summary>Makes the engine.</summary>
    /// <param name="folder">A model folder, of which only the card's <c>depicts</c> is read.</param>
    /// <param name="cost">Time of a batch of up to eight rows in <see cref="DefaultSteps"/> steps.</param>
    public FixedCostEngine(string folder, TimeSpan cost, TimeProvider time)
    {
        _stepCost = cost / DefaultSteps;
        _time = time;
        Card = new ModelCard
        {
            Name = DiffusionEngineNames.FixedCost,
            Version = "1",
            Kind = ModelKindNames.LatentDiffusion,
            Limits = ["renders noise, at a known cost: for measuring the mesh"],
            Depicts = ModelCardFile.Read(Path.Combine(folder, ModelFolder.CardFile)).Depicts,
            Defaults = new GeneratorDefaults
            {
                Steps = DefaultSteps,
                Guidance = 1,
                Scheduler = SchedulerNames.DdimAlias,
                Width = Side,
                Height = Side,
            },
        };
        Digest = Sha256Digest.HexOf($"{Name} {Card.Version}\n{string.Join('\n', Card.Depicts)}");
    }

    public string Name => DiffusionEngineNames.FixedCost;

    public ModelCard Card { get; }

    public string Digest { get; }

    public string Fingerprint => "any";

    public bool Deterministic => true;

    public SchedulerSet Schedulers { get; } = new(
        SchedulerConfig.Parse(DiffusionEngineNames.FixedCost, """{"prediction_type": "sample", "clip_sample": false}"""u8));

    public int Channels => 1;

    public int OutputsPerElement => 1;

    public int Scale => 1;

    public int SideStep => 8;

    public int MaxSide => 512;

    public int? FixedHeight => null;

    public int? FixedWidth => null;

    public bool HasNativeSize => false;

    public bool EmbedsGuidance => false;

    public int Colours => 1;

    public float[] Unconditional { get; } = [0];

    public bool TakesSeveralChunks => true;

    /// <summary>Always 1, since nothing is cut.</summary>
    public int CountChunks(string prompt) => 1;

    /// <summary>Counts each word as a token, plus start and end; nothing is cut.</summary>
    public TokenizedPrompt Tokenize(string prompt, int chunks = 1) =>
        new([], prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length + 2, Truncated: false);

    public float[] Encode(TokenizedPrompt prompt) => Unconditional;

    public string? FindEncoderProblem(int width, int height) => $"The engine {Name} encodes no images.";

    /// <summary>Never asked for.</summary>
    public float[] EncodeImage(RasterImage image) => throw new NotSupportedException(FindEncoderProblem(image.Width, image.Height));

    /// <summary>Predicts the noise itself as the clean sample.</summary>
    public async ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation)
    {
        var batches = (rows.Count + RowsPerBatch - 1) / RowsPerBatch;
        await Task.Delay(_stepCost * batches, _time, cancellation);
        return [.. rows.Select(row => (float[])row.Latent.Clone())];
    }

    public RasterImage Decode(ReadOnlySpan<float> latent, int height, int width, string channels)
    {
        var pixels = new byte[height * width];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(128 + (48 * latent[i]), 0, 255);
        return new RasterImage(width, height, Colours, pixels);
    }

    public void Dispose()
    {
        // There is nothing to release.
    }
}
