using System.Globalization;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// <c>vae_encoder/model.onnx</c>: turns an image into a latent, the mean of the posterior (Kingma and Welling 2014; diffusers'
/// <c>sample_mode="argmax"</c>). Optimum's graphs give mean and log-variance in one output of twice the channels; those of diffusers'
/// conversion script give a latent.
/// </summary>
internal sealed class VaeEncoderSession : IDisposable
{
    private const string SampleInput = "sample", MomentsOutput = "latent_parameters", LatentOutput = "latent_sample";
    private readonly OnnxSession _session;
    private readonly TensorDeclaration _sample;
    private readonly TensorDeclaration _latent;
    private readonly float _scalingFactor;
    private readonly float _shiftFactor;
    private readonly int _channels;
    private readonly int _scale;
    private readonly int _colours;
    private bool _drawsNoise;

    /// <param name="config"><c>vae_encoder/config.json</c>.</param>
    /// <param name="decoder">Its counterpart, which undoes the scale of the latents.</param>
    /// <param name="channels">Channels of the U-Net's latents.</param>
    /// <param name="scale">Pixels a side for each latent element.</param>
    /// <exception cref="InvalidDataException">The graph is not an encoder of images alone, or its scale is not the decoder's.</exception>
    public VaeEncoderSession(string path, DiffusersConfig config, VaeDecoderSession decoder, int channels, int scale,
        OnnxSessionOptions settings)
    {
        (_scalingFactor, _shiftFactor) = (decoder.ScalingFactor, decoder.ShiftFactor);
        (_channels, _scale) = (channels, scale);
        RequireSame(path, "scaling_factor", config, _scalingFactor);
        RequireSame(path, "shift_factor", config, _shiftFactor);
        _session = OnnxSession.Load(path, settings);
        GraphInspector.RefuseOthers(_session, [SampleInput], ForeignInputs.Meanings);
        _sample = GraphInspector.RequireInput(_session, SampleInput, TensorCast.FloatTypes, 4); // [B, colours, H, W]
        _colours = GraphInspector.SizeOf(_sample, 1) ?? config.ReadCount("in_channels") ?? 3;
        if (_colours is not (1 or 3))
            throw new InvalidDataException($"{path}: '{_sample.Name}' has {_colours} channels; it must have 1 or 3.");
        var usual = _session.Outputs.ContainsKey(LatentOutput) ? LatentOutput : MomentsOutput;
        _latent = GraphInspector.RequireOutput(_session, usual, 4); // [B, C or 2C, h, w]
    }

    public string Path => _session.Path;

    public string OutputName => _latent.Name;

    /// <summary>The side in pixels that the graph fixes for a dimension (2 height, 3 width); null where it can be chosen.</summary>
    public int? FixedSide(int dimension) => GraphInspector.SizeOf(_sample, dimension);

    /// <summary>Why an image of that size can't be encoded so that it can be encoded again; null where it can.</summary>
    public string? FindProblem(int width, int height) =>
        _drawsNoise ? $"draws noise of its own in '{OutputName}', so no image could be rendered again; export the posterior's parameters"
        : (FixedSide(3) ?? width) != width || (FixedSide(2) ?? height) != height
            ? $"takes images of {FixedSide(3) ?? width} x {FixedSide(2) ?? height} pixels only"
        : null;

    /// <summary>Encodes a trial image twice: what the graph gives must be latents of that scale, and should be the same.</summary>
    /// <exception cref="InvalidDataException">The graph fails, or gives other shapes, or NaN or infinity.</exception>
    public void Try((int Height, int Width) latent)
    {
        var (height, width) = (FixedSide(2) ?? latent.Height * _scale, FixedSide(3) ?? latent.Width * _scale);
        var pixels = new byte[height * width * _colours];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i * 37);
        var image = new RasterImage(width, height, _colours, pixels);
        var first = ModelTrial.Run(Path, $"an image of {height} x {width}", () => Encode(image));
        ModelTrial.RequireFinite(first, Path, $"'{OutputName}'");
        _drawsNoise = !first.AsSpan().SequenceEqual(Encode(image));
    }

    /// <summary>Encodes one image, in a run of its own.</summary>
    /// <param name="image">A gray one is repeated in each colour of the graph; one in colour becomes gray where the graph is.</param>
    /// <returns>The latent [C, h, w] in the scale of the U-Net.</returns>
    public float[] Encode(RasterImage image)
    {
        var batch = GraphInspector.SizeOf(_sample, 0) ?? 1;
        var planes = _colours == 1 || image.Channels == 1
            ? [image.ToGray()] : Enumerable.Range(0, _colours).Select(image.GetPlane).ToList();
        var size = image.Width * image.Height;
        var input = new float[batch * _colours * size]; // equal rows where the graph fixes more than one
        for (var i = 0; i < input.Length; i++)
            input[i] = (planes[i / size % _colours % planes.Count].Pixels[i % size] / 255f * 2) - 1; // -1 black to 1 white
        var output = _session.Run([TensorCast.ToInput(_sample, input, batch, _colours, image.Height, image.Width)], _latent.Name)[0];
        var length = _channels * (image.Height / _scale) * (image.Width / _scale);
        if (output.Length != batch * length && output.Length != batch * 2 * length)
        {
            throw new InvalidDataException($"{Path}: '{OutputName}' has {output.Length / batch} elements for an image of {image.Height} x "
                + $"{image.Width}; a latent has {length}, mean and log-variance together {2 * length}.");
        }
        var latent = output[..length]; // [C, h, w] of [C or 2C, h, w]
        for (var i = 0; i < latent.Length; i++)
            latent[i] = (latent[i] - _shiftFactor) * _scalingFactor;
        return latent;
    }

    public void Dispose() => _session.Dispose();

    private static void RequireSame(string path, string key, DiffusersConfig config, float decoders)
    {
        if (config.ReadNumber(key) is { } own && (float)own != decoders)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {key} of its config.json is {own}, the decoder's is {decoders}; they must be the same."));
        }
    }
}
