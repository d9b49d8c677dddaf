using Microsoft.ML.OnnxRuntime;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary><c>vae_decoder/model.onnx</c>: turns latents into samples of images.</summary>
internal sealed class VaeDecoderSession : IDisposable
{
    private const string LatentInput = "latent_sample", SampleOutput = "sample";
    private const double UsualScalingFactor = 0.18215; // Stable Diffusion 1.x and 2.x, where no config says
    private readonly OnnxSession _session;
    private readonly TensorDeclaration _latent;
    private readonly TensorDeclaration _sample;

    /// <param name="config"><c>vae_decoder/config.json</c>.</param>
    /// <exception cref="InvalidDataException">The graph is not a decoder of latents alone, to gray or RGB.</exception>
    public VaeDecoderSession(string path, DiffusersConfig config, OnnxSessionOptions settings)
    {
        ScalingFactor = (float)(config.ReadFactor("scaling_factor") ?? UsualScalingFactor);
        ShiftFactor = (float)(config.ReadNumber("shift_factor") ?? 0);
        _session = OnnxSession.Load(path, settings);
        GraphInspector.RefuseOthers(_session, [LatentInput], ForeignInputs.Meanings);
        _latent = GraphInspector.RequireInput(_session, LatentInput, TensorCast.FloatTypes, 4); // [B, C, h, w]
        _sample = GraphInspector.RequireOutput(_session, SampleOutput, 4); // [B, colours, H, W]
        LatentChannels = GraphInspector.SizeOf(_latent, 1) ?? config.ReadCount("latent_channels");
        Colours = GraphInspector.SizeOf(_sample, 1) ?? config.ReadCount("out_channels") ?? 3;
        if (Colours is not (1 or 3))
            throw new InvalidDataException($"{path}: '{_sample.Name}' has {Colours} channels; it must have 1 or 3.");
    }

    public string Path => _session.Path;

    public string OutputName => _sample.Name;

    /// <summary>What the autoencoder's latents are multiplied by for the U-Net.</summary>
    public float ScalingFactor { get; }

    /// <summary>What is taken from them before.</summary>
    public float ShiftFactor { get; }

    /// <summary>Latent channels that the graph or its config declares; null where neither does.</summary>
    public int? LatentChannels { get; }

    /// <summary>Colour channels of an image: 1 for gray, 3 for red, green and blue.</summary>
    public int Colours { get; }

    /// <summary>The side that the graph fixes for a dimension of the latent (2 height, 3 width); null where it can be chosen.</summary>
    public int? FixedSide(int dimension) => GraphInspector.SizeOf(_latent, dimension);

    /// <summary>The byte of a decoded sample, as diffusers rounds it for a graph of this element type.</summary>
    public byte ToByte(float sample) => Colours == 1 ? PixelRounding.ToByteOfGrayDecoder(sample)
        : _sample.ElementType == typeof(Float16) ? PixelRounding.ToByteFromHalf(sample) : PixelRounding.ToByte(sample);

    /// <summary>Decodes one latent [C, h, w] of the U-Net, in a run of its own.</summary>
    /// <returns>Samples [colours, H, W], -1 black to 1 white, not clipped.</returns>
    /// <exception cref="InvalidDataException">The graph gives another number of channels than <see cref="Colours"/>.</exception>
    public float[] Decode(ReadOnlySpan<float> latent, int channels, int height, int width)
    {
        var batch = GraphInspector.SizeOf(_latent, 0) ?? 1;
        var input = new float[batch * latent.Length]; // equal rows where the graph fixes more than one
        for (var i = 0; i < input.Length; i++)
            input[i] = (latent[i % latent.Length] / ScalingFactor) + ShiftFactor;
        var samples = _session.RunShaped([TensorCast.ToInput(_latent, input, batch, channels, height, width)], _sample.Name)[0];
        if (samples.Shape[1] != Colours) // where the graph leaves its channels open
            throw new InvalidDataException($"{Path}: '{_sample.Name}' has {samples.Shape[1]} channels; it must have {Colours}.");
        return samples.Values[..(samples.Values.Length / batch)];
    }

    public void Dispose() => _session.Dispose();
}
