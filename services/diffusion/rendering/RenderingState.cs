using System.Threading.Channels;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>A step that was done, with the picture as it stands where one was asked for.</summary>
internal sealed record RenderingStep(int Step, int Total, GrayImage? Preview);

/// <summary>One order on its way through the batcher: its own noise, timesteps and states, so that no neighbour can change it.</summary>
internal sealed class RenderingState(ResolvedImageSpec spec, int previewEvery)
{
    private readonly Channel<RenderingStep> _steps = Channel.CreateUnbounded<RenderingStep>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly DenoisingPath _path = spec.Scheduler.CreatePath(spec.Model.ForwardProcess, spec.Steps,
        spec.Model.Channels * spec.Latent.Height * spec.Latent.Width);
    private readonly TokenizedPrompt _negative = spec.Model.Tokenize(spec.NegativePrompt);
    private float[] _latent = [];
    private float[] _conditional = [];
    private float[] _unconditional = [];

    public ResolvedImageSpec Spec => spec;

    public TokenizedPrompt Prompt { get; } = spec.Model.Tokenize(spec.Prompt);

    /// <summary>The steps as they are done; ends with the job.</summary>
    public ChannelReader<RenderingStep> Steps => _steps.Reader;

    /// <summary>Draws the noise and encodes the prompts, once.</summary>
    public void Begin()
    {
        if (_latent.Length > 0)
            return;
        _latent = new float[spec.Model.Channels * spec.Latent.Height * spec.Latent.Width]; // [C, h, w]
        NormalNoiseGenerator.Fill(spec.Seed, 0, _latent);
        _conditional = spec.Model.Encode(Prompt); // [T, D]
        if (spec.RowsPerStep == 2)
            _unconditional = spec.NegativePrompt.Length == 0 ? spec.Model.Unconditional : spec.Model.Encode(_negative);
    }

    /// <summary>Its rows of the next U-Net batch: conditional first.</summary>
    public IEnumerable<UNetRow> NextRows()
    {
        var size = spec.NativeSize ?? 0;
        yield return new UNetRow(_latent, _path.Timestep, _conditional, size);
        if (spec.RowsPerStep == 2)
            yield return new UNetRow(_latent, _path.Timestep, _unconditional, size);
    }

    /// <summary>One denoising step.</summary>
    /// <param name="predictions">What the U-Net said to <see cref="NextRows"/>.</param>
    /// <returns>The picture after the last step, else null.</returns>
    public GrayImage? Advance(ReadOnlySpan<float[]> predictions)
    {
        var output = predictions[0];
        if (spec.RowsPerStep == 2)
        {
            // Classifier-free guidance (Ho and Salimans 2022): away from the unwanted, through the wanted.
            var (scale, unwanted) = ((float)spec.Guidance, predictions[1]);
            for (var i = 0; i < output.Length; i++)
                output[i] = unwanted[i] + (scale * (output[i] - unwanted[i]));
        }
        _path.Step(output, _latent);
        var picture = _path.IsFinished ? spec.Model.Decode(_latent, spec.Latent.Height, spec.Latent.Width) : null;
        _steps.Writer.TryWrite(new RenderingStep(_path.StepsDone, spec.Steps, picture is null && IsPreviewStep ? RenderPreview() : null));
        return picture;
    }

    /// <summary>Ends the stream of steps, however the job ended.</summary>
    public void End() => _steps.Writer.TryComplete();

    private bool IsPreviewStep => previewEvery > 0 && _path.StepsDone % previewEvery == 0;

    // The estimate of the clean latent, decoded, at most 128 pixels a side.
    private GrayImage RenderPreview()
    {
        var image = spec.Model.Decode(_path.CleanEstimate, spec.Latent.Height, spec.Latent.Width);
        var longest = Math.Max(image.Width, image.Height);
        return longest <= MaxPreviewSide
            ? image
            : ImageResizer.ResizeByArea(image, Math.Max(1, image.Width * MaxPreviewSide / longest),
                Math.Max(1, image.Height * MaxPreviewSide / longest));
    }

    private const int MaxPreviewSide = 128;
}
