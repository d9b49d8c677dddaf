using System.Text;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>
/// The engine of an export as it is, with the tokens and the scheduler config of one golden case, and a record of what its U-Net was given
/// and gave.
/// </summary>
/// <param name="beforeStep">Called before each step.</param>
internal sealed class RecordingEngine(ExportedPipeline pipeline, OnnxLatentDiffusionEngine engine, string schedulerConfig,
    Action beforeStep) : IDiffusionEngine
{
    public List<(IReadOnlyList<UNetRow> Rows, IReadOnlyList<float[]> Predictions)> Calls { get; } = [];

    public string Name => engine.Name;

    public ModelCard Card => engine.Card;

    public string Digest => engine.Digest;

    public string Fingerprint => engine.Fingerprint;

    public bool Deterministic => engine.Deterministic;

    public SchedulerSet Schedulers { get; } = new(SchedulerConfig.Parse("golden case", Encoding.UTF8.GetBytes(schedulerConfig)));

    public int Channels => engine.Channels;

    public int OutputsPerElement => engine.OutputsPerElement;

    public int Scale => engine.Scale;

    public int SideStep => engine.SideStep;

    public int MaxSide => engine.MaxSide;

    public int? FixedHeight => engine.FixedHeight;

    public int? FixedWidth => engine.FixedWidth;

    public bool HasNativeSize => engine.HasNativeSize;

    public bool EmbedsGuidance => engine.EmbedsGuidance;

    public int Colours => engine.Colours;

    public float[] Unconditional => engine.Unconditional;

    public bool TakesSeveralChunks => engine.TakesSeveralChunks;

    public int CountChunks(string prompt) => engine.CountChunks(prompt);

    public TokenizedPrompt Tokenize(string prompt, int chunks = 1) =>
        chunks == 1 ? pipeline.Tokenize(engine, prompt) : engine.Tokenize(prompt, chunks);

    public float[] Encode(TokenizedPrompt prompt) => engine.Encode(prompt);

    public string? FindEncoderProblem(int width, int height) => engine.FindEncoderProblem(width, height);

    public float[] EncodeImage(RasterImage image) => engine.EncodeImage(image);

    public async ValueTask<float[][]> PredictAsync(IReadOnlyList<UNetRow> rows, int height, int width, CancellationToken cancellation)
    {
        beforeStep();
        var predictions = await engine.PredictAsync(rows, height, width, cancellation);
        Calls.Add((rows, [.. predictions.Select(prediction => (float[])prediction.Clone())])); // guidance is computed in place
        return predictions;
    }

    public RasterImage Decode(ReadOnlySpan<float> latent, int height, int width, string channels) =>
        engine.Decode(latent, height, width, channels);

    public void Dispose()
    {
        // The engine is its owner's.
    }
}
