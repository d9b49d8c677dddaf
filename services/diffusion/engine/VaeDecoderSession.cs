using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary><c>vae_decoder/model.onnx</c>: turns latents into images; colours are averaged to gray.</summary>
internal sealed class VaeDecoderSession : IDisposable
{
    private const string LatentInput = "latent_sample";
    private readonly OnnxSession _session;
    private readonly string _output;
    private readonly DiffusersVaeDecoderConfig _config;

    /// <summary>Loads the graph and measures its scale with one run.</summary>
    /// <param name="channels">Latent channels.</param>
    /// <param name="side">Side of the latent for that run.</param>
    public VaeDecoderSession(string path, DiffusersVaeDecoderConfig sizes, int channels, int side, OnnxSessionOptions settings)
    {
        _config = sizes;
        _session = OnnxSession.Load(path, settings);
        if (_session.Inputs.Count != 1 || !_session.Inputs.ContainsKey(LatentInput))
            throw new InvalidDataException(
                $"{path}: The graph must have the input '{LatentInput}' only, not {string.Join(", ", _session.Inputs.Keys)}.");
        _output = _session.Outputs.ContainsKey("sample") ? "sample" : _session.Outputs.Keys.Single();
        ColourChannels = _session.Outputs[_output].Dimensions[1];
        if (ColourChannels is not (1 or 3))
            throw new InvalidDataException($"{path}: '{_output}' has {ColourChannels} channels; it must have 1 or 3.");
        var pixels = Run(new float[channels * side * side], channels, side, side).Length / ColourChannels;
        Scale = (int)Math.Round(Math.Sqrt(pixels)) / side;
        if (Scale * side * Scale * side != pixels)
            throw new InvalidDataException(
                $"{path}: a latent of {side} x {side} gives {pixels} pixels; the scale of a decoder must be a whole number.");
    }

    /// <summary>Colour channels of an image: 1 for gray, 3 for red, green and blue.</summary>
    public int ColourChannels { get; }

    /// <summary>Pixels a side for each latent element.</summary>
    public int Scale { get; }

    /// <summary>Decodes one latent [C, h, w] of the U-Net.</summary>
    public GrayImage Decode(ReadOnlySpan<float> latent, int channels, int height, int width)
    {
        var scaled = new float[latent.Length];
        var factor = 1 / (float)_config.ScalingFactor;
        var shift = (float)_config.ShiftFactor;
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = (latent[i] * factor) + shift;
        var sample = Run(scaled, channels, height, width); // [1, colours, H, W] in -1..1
        var pixels = new byte[sample.Length / ColourChannels];
        for (var i = 0; i < pixels.Length; i++)
        {
            var shade = 0f;
            for (var colour = 0; colour < ColourChannels; colour++)
                shade += sample[(colour * pixels.Length) + i];
            pixels[i] = (byte)Math.Clamp(MathF.Floor((((shade / ColourChannels) + 1) * 127.5f) + 0.5f), 0, 255);
        }
        return new GrayImage(width * Scale, height * Scale, pixels);
    }

    public void Dispose() => _session.Dispose();

    private float[] Run(float[] latent, int channels, int height, int width) =>
        _session.Run([TensorInput.Create(LatentInput, latent, 1, channels, height, width)], _output)[0];
}
