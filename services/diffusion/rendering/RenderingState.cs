using System.Threading.Channels;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>A denoising step that was done.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="Total">Number of steps in all.</param>
/// <param name="Preview">The image as far as it is denoised, where a preview was asked for.</param>
internal sealed record RenderingStep(int Step, int Total, RasterImage? Preview);

/// <summary>
/// The state of one rendering in the batcher: its own noise, timesteps and text states, so that no other request of the batch can change
/// its bytes.
/// </summary>
internal sealed class RenderingState(ResolvedImageSpec spec, int previewEvery, NoiseSource? noise = null)
{
    private readonly Channel<RenderingStep> _steps = Channel.CreateUnbounded<RenderingStep>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly DenoisingLoop _loop = new(spec.StartPath(),
        noise ?? ((stream, target) => NormalNoiseGenerator.Fill(spec.Seed, (ulong)stream, target)), spec.LatentSize, spec.Start);
    private readonly TaskCompletionSource? _encoding =
        spec.NeedsEncoding ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
    private bool _hasBegun;
    private float[] _conditional = [];
    private float[] _unconditional = [];

    public ResolvedImageSpec Spec => spec;

    /// <summary>The sample as it stands, [C, h, w].</summary>
    public ReadOnlySpan<float> Latent => _loop.Latent;

    /// <summary>Chunks of the prompt, and of the negative one.</summary>
    public int Chunks { get; } = spec.Chunks;

    public TokenizedPrompt Prompt { get; } = spec.Model.Tokenize(spec.Prompt, spec.Chunks);

    /// <summary>Steps in all; some schedulers take more than were asked for.</summary>
    public int Turns => _loop.Path.Timesteps.Count - _loop.Path.FirstStep;

    /// <summary>True after the last step; before any where none is taken.</summary>
    public bool IsFinished => _loop.Path.IsFinished;

    /// <summary>Ends when the latent of the image that it starts from is there, or can't be; fails with what is wrong.</summary>
    public Task Encoding => _encoding?.Task ?? Task.CompletedTask;

    /// <summary>The steps as they are done; ends with the rendering.</summary>
    public ChannelReader<RenderingStep> Steps => _steps.Reader;

    /// <summary>Encodes the image that it starts from; who waits for <see cref="Encoding"/> is told.</summary>
    public void EncodeImage()
    {
        try
        {
            _ = spec.Start?.Latent;
            _encoding?.TrySetResult();
        }
        catch (Exception exception)
        {
            _encoding?.TrySetException(exception); // its caller gets the exception; the others' images go on
        }
    }

    /// <summary>Ends <see cref="Encoding"/> without a latent, where nobody waits for the image any more.</summary>
    public void SkipEncoding() => _encoding?.TrySetResult();

    /// <summary>Makes the noise and encodes the prompts, at the first step.</summary>
    public void Begin()
    {
        if (_hasBegun)
            return;
        _hasBegun = true;
        _loop.Begin();
        _conditional = spec.Model.Encode(Prompt); // [T, D]
        if (spec.RowsPerStep == 2)
            _unconditional = EncodeNegative();
    }

    /// <summary>The rows of this rendering in the next batch of the U-Net, the conditional one first.</summary>
    public IEnumerable<UNetRow> NextRows()
    {
        var size = spec.NativeSize ?? 0;
        var input = _loop.NextInput(); // [C, h, w]
        yield return new UNetRow(input, _loop.Path.Timestep, _conditional, size, spec.Guidance);
        if (spec.RowsPerStep == 2)
            yield return new UNetRow(input, _loop.Path.Timestep, _unconditional, size);
    }

    /// <summary>Does one denoising step.</summary>
    /// <param name="predictions">The predictions of the U-Net for <see cref="NextRows"/>.</param>
    /// <returns>True after the last step.</returns>
    /// <exception cref="MeshException">MODEL_OUTPUT_NOT_FINITE.</exception>
    public bool Advance(ReadOnlySpan<float[]> predictions)
    {
        foreach (var prediction in predictions)
            RequireFinite(prediction);
        if (spec.RowsPerStep == 2)
            ClassifierFreeGuidance.Apply(predictions[0], predictions[1], (float)spec.Guidance, (float)(spec.GuidanceRescale ?? 0));
        _loop.Advance(predictions[0]);
        var preview = !_loop.Path.IsFinished && IsPreviewStep ? RenderPreview() : null;
        _steps.Writer.TryWrite(new RenderingStep(StepsTaken, Turns, preview));
        return _loop.Path.IsFinished;
    }

    /// <summary>The image, once the last step is done.</summary>
    /// <exception cref="MeshException">MODEL_OUTPUT_NOT_FINITE.</exception>
    public RasterImage Decode() => Decode(_loop.Latent);

    /// <summary>Ends the stream of steps, whether the rendering succeeded or not.</summary>
    public void End() => _steps.Writer.TryComplete();

    // The states of both rows have one shape, so the negative prompt is brought to the prompt's chunks with empty ones.
    private float[] EncodeNegative() => spec.NegativePrompt.Length == 0 && Chunks == 1
        ? spec.Model.Unconditional : spec.Model.Encode(spec.Model.Tokenize(spec.NegativePrompt, Chunks));

    private int StepsTaken => _loop.Path.StepsDone - _loop.Path.FirstStep;

    private bool IsPreviewStep => previewEvery > 0 && StepsTaken % previewEvery == 0;

    /// <summary>The estimate of the clean latent as an image with sides of at most 128 pixels.</summary>
    private RasterImage RenderPreview()
    {
        var image = Decode(_loop.EstimateClean());
        var longest = Math.Max(image.Width, image.Height);
        return longest <= MaxPreviewSide
            ? image
            : RasterImage.FromPlanes([.. Enumerable.Range(0, image.Channels).Select(channel => ImageResizer.Resize(
                image.GetPlane(channel), Math.Max(1, image.Width * MaxPreviewSide / longest),
                Math.Max(1, image.Height * MaxPreviewSide / longest)))]);
    }

    private RasterImage Decode(ReadOnlySpan<float> latent) =>
        spec.Model.Decode(latent, spec.Latent.Height, spec.Latent.Width, spec.Channels);

    private void RequireFinite(float[] prediction)
    {
        if (Array.Exists(prediction, value => !float.IsFinite(value)))
        {
            throw new MeshException(ErrorReasons.ModelOutputNotFinite,
                $"The prediction of {spec.Model.Card.Name} holds NaN or infinity at step {StepsTaken + 1} of {Turns}, timestep "
                    + $"{_loop.Path.Timestep}.");
        }
    }

    private const int MaxPreviewSide = 128;
}
