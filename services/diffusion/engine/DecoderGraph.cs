using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Storage.Images;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary><c>vae_decoder/model.onnx</c>: latents → pictures, gray or averaged to gray.</summary>
internal sealed class DecoderGraph : IDisposable
{
    private const string Latent = "latent_sample";
    private readonly OnnxGraph _graph;
    private readonly string _output;
    private readonly DecoderSizes _sizes;

    /// <param name="channels">Latent channels.</param>
    /// <param name="side">Side of a latent to measure the enlargement with.</param>
    public DecoderGraph(string path, DecoderSizes sizes, int channels, int side, OnnxSettings settings)
    {
        _sizes = sizes;
        _graph = OnnxGraph.Load(path, settings);
        if (_graph.Inputs.Count != 1 || !_graph.Inputs.ContainsKey(Latent))
            throw new InvalidDataException($"{path}: has inputs {string.Join(", ", _graph.Inputs.Keys)}; only '{Latent}' is wanted");
        _output = _graph.Outputs.ContainsKey("sample") ? "sample" : _graph.Outputs.Keys.Single();
        Colours = _graph.Outputs[_output].Dimensions[1];
        if (Colours is not (1 or 3))
            throw new InvalidDataException($"{path}: '{_output}' has {Colours} channels, 1 or 3 are wanted");
        var pixels = Run(new float[channels * side * side], channels, side, side).Length / Colours;
        Scale = (int)Math.Round(Math.Sqrt(pixels)) / side;
        if (Scale * side * Scale * side != pixels)
            throw new InvalidDataException($"{path}: a latent of {side} x {side} gives {pixels} pixels, which is no whole enlargement");
    }

    /// <summary>Channels of a picture: 1 gray, 3 red, green and blue.</summary>
    public int Colours { get; }

    /// <summary>Pixels a side for each latent element.</summary>
    public int Scale { get; }

    /// <summary>Decodes one latent [C, h, w] of the U-Net.</summary>
    public GrayImage Decode(ReadOnlySpan<float> latent, int channels, int height, int width)
    {
        var scaled = new float[latent.Length];
        var (factor, shift) = (1 / (float)_sizes.ScalingFactor, (float)_sizes.ShiftFactor);
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = (latent[i] * factor) + shift;
        var sample = Run(scaled, channels, height, width); // [1, colours, H, W] in -1..1
        var pixels = new byte[sample.Length / Colours];
        for (var i = 0; i < pixels.Length; i++)
        {
            var shade = 0f;
            for (var colour = 0; colour < Colours; colour++)
                shade += sample[(colour * pixels.Length) + i];
            pixels[i] = (byte)Math.Clamp(MathF.Floor((((shade / Colours) + 1) * 127.5f) + 0.5f), 0, 255);
        }
        return new GrayImage(width * Scale, height * Scale, pixels);
    }

    public void Dispose() => _graph.Dispose();

    private float[] Run(float[] latent, int channels, int height, int width) =>
        _graph.Run([TensorInput.Of(Latent, latent, 1, channels, height, width)], _output)[0];
}
