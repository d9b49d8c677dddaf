using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// Takes a known time for a batch of up to eight rows, whatever they are, and draws the noise that the seed names: no radiograph, no
/// weights, no processor time. It takes what its model folder depicts, so that the same specs are accepted. In <see cref="DefaultSteps"/>
/// steps a picture costs the whole time, in fewer or more steps its share of it.
/// </summary>
internal sealed class FixedCostEngine : IDiffusionEngine
{
    /// <summary>Steps of a request that names none.</summary>
    public const int DefaultSteps = 4;

    private const int RowsPerBatch = 8;
    private const int Side = 64;
    private readonly TimeSpan _stepCost;
    private readonly TimeProvider _time;

    /// <param name="folder">A model folder, of which the card's <c>depicts</c> is read and nothing else.</param>
    /// <param name="cost">Of a batch of up to eight rows.</param>
    public FixedCostEngine(string folder, TimeSpan cost, TimeProvider time)
    {
        (_stepCost, _time) = (cost / DefaultSteps, time);
        Card = new ModelCard
        {
            Name = DiffusionEngineNames.FixedCost,
            Version = "1",
            Kind = ModelKindNames.LatentDiffusion,
            Limits = ["draws noise, at a known cost: for measuring the mesh"],
            Depicts = ModelCardFile.Read(Path.Combine(folder, ModelFolder.CardFile)).Depicts,
            Defaults = new GeneratorDefaults
            {
                Steps = DefaultSteps,
                Guidance = 1,
                Scheduler = SchedulerNames.Ddim,
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

    public ForwardProcess ForwardProcess { get; } = new(new SchedulerConfig { PredictionType = PredictionTypeNames.Sample });

    public int Channels => 1;

    public int Scale => 1;

    public int SideStep => 8;

    public int MaxSide => 512;

    public int? FixedHeight => null;

    public int? FixedWidth => null;

    public bool HasNativeSize => false;

    public float[] Unconditional { get; } = [0];

    /// <summary>A token a word, start and end included; nothing is ever cut.</summary>
    public TokenizedPrompt Tokenize(string prompt) =>
        new([], prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length + 2, Truncated: false);

    public float[] Encode(TokenizedPrompt prompt) => Unconditional;

    /// <summary>The clean sample is the noise itself.</summary>
    public async ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation)
    {
        var batches = (rows.Count + RowsPerBatch - 1) / RowsPerBatch;
        await Task.Delay(_stepCost * batches, _time, cancellation);
        return [.. rows.Select(row => (float[])row.Latent.Clone())];
    }

    public GrayImage Decode(ReadOnlySpan<float> latent, int height, int width)
    {
        var pixels = new byte[height * width];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(128 + (48 * latent[i]), 0, 255);
        return new GrayImage(width, height, pixels);
    }

    public void Dispose()
    {
        // Holds nothing.
    }
}
