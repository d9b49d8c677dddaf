using System.Threading.Channels;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>A denoising step that was done.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="Total">Number of steps in all.</param>
/// <param name="Preview">The image as far as it is denoised, where a preview was asked for.</param>
internal sealed record RenderingStep(int Step, int Total, GrayImage? Preview);

/// <summary>
/// The state of one rendering in the batcher: its own noise, timesteps and text states, so that no other request of the batch can change
/// its bytes.
/// </summary>
internal sealed class RenderingState(ResolvedImageSpec spec, int previewEvery)
{
    private readonly Channel<RenderingStep> _steps = Channel.CreateUnbounded<RenderingStep>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly DenoisingLoop _loop = new(spec.Scheduler.SetTimesteps(spec.Steps, spec.Sampling, spec.LatentSize),
        (stream, noise) => NormalNoiseGenerator.Fill(spec.Seed, (ulong)stream, noise), spec.LatentSize);
    private readonly TokenizedPrompt _negative = spec.Model.Tokenize(spec.NegativePrompt);
    private bool _hasBegun;
    private float[] _conditional = [];
    private float[] _unconditional = [];

    public ResolvedImageSpec Spec => spec;

    public TokenizedPrompt Prompt { get; } = spec.Model.Tokenize(spec.Prompt);

    /// <summary>Steps in all; some schedulers take more than were asked for.</summary>
    public int Turns => _loop.Path.Timesteps.Count;

    /// <summary>The steps as they are done; ends with the rendering.</summary>
    public ChannelReader<RenderingStep> Steps => _steps.Reader;

    /// <summary>Makes the noise and encodes the prompts, at the first step.</summary>
    public void Begin()
    {
        if (_hasBegun)
            return;
        _hasBegun = true;
        _loop.Begin();
        _conditional = spec.Model.Encode(Prompt); // [T, D]
        if (spec.RowsPerStep == 2)
            _unconditional = spec.NegativePrompt.Length == 0 ? spec.Model.Unconditional : spec.Model.Encode(_negative);
    }

    /// <summary>The rows of this rendering in the next batch of the U-Net, the conditional one first.</summary>
    public IEnumerable<UNetRow> NextRows()
    {
        var size = spec.NativeSize ?? 0;
        var input = _loop.NextInput(); // [C, h, w]
        yield return new UNetRow(input, _loop.Path.Timestep, _conditional, size);
        if (spec.RowsPerStep == 2)
            yield return new UNetRow(input, _loop.Path.Timestep, _unconditional, size);
    }

    /// <summary>Does one denoising step.</summary>
    /// <param name="predictions">The predictions of the U-Net for <see cref="NextRows"/>.</param>
    /// <returns>The image after the last step, else null.</returns>
    public GrayImage? Advance(ReadOnlySpan<float[]> predictions)
    {
        var output = predictions[0];
        if (spec.RowsPerStep == 2)
        {
            // Classifier-free guidance (Ho and Salimans 2022): from the unconditional prediction through the conditional one.
            var scale = (float)spec.Guidance;
            var unconditional = predictions[1];
            for (var i = 0; i < output.Length; i++)
                output[i] = unconditional[i] + (scale * (output[i] - unconditional[i]));
        }
        _loop.Advance(output);
        var image = _loop.Path.IsFinished ? spec.Model.Decode(_loop.Latent, spec.Latent.Height, spec.Latent.Width) : null;
        var preview = image is null && IsPreviewStep ? RenderPreview() : null;
        _steps.Writer.TryWrite(new RenderingStep(_loop.Path.StepsDone, Turns, preview));
        return image;
    }

    /// <summary>Ends the stream of steps, whether the rendering succeeded or not.</summary>
    public void End() => _steps.Writer.TryComplete();

    private bool IsPreviewStep => previewEvery > 0 && _loop.Path.StepsDone % previewEvery == 0;

    /// <summary>The estimate of the clean latent as an image with sides of at most 128 pixels.</summary>
    private GrayImage RenderPreview()
    {
        var image = spec.Model.Decode(_loop.Path.CleanEstimate, spec.Latent.Height, spec.Latent.Width);
        var longest = Math.Max(image.Width, image.Height);
        return longest <= MaxPreviewSide
            ? image
            : ImageResizer.ResizeByArea(image, Math.Max(1, image.Width * MaxPreviewSide / longest),
                Math.Max(1, image.Height * MaxPreviewSide / longest));
    }

    private const int MaxPreviewSide = 128;
}
