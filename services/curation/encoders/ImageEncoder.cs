using SynCxr.Mesh.Curation.Encoders.Preparation;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Pillow;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>
/// A network that makes a vector of an image, engine <c>onnx-embedding</c>: RAD-DINO, DINOv2, ViT, CLIP, SigLIP. A folder holds
/// <c>config.json</c>, <c>preprocessor_config.json</c> and <c>model.onnx</c>. On the CPU an image is a run of its own by one thread, so its
/// bits depend on it alone; on a GPU images of one size share a run.
/// </summary>
internal sealed class ImageEncoder : IDisposable
{
    private const string ConfigFile = "config.json";
    private readonly ImagePreprocessor _preprocessor;
    private readonly ImageEncoderFamily _family;
    private readonly string _pooling;
    private readonly OnnxSession _session;
    private readonly RowSliceRunner _slices;
    private readonly bool _isCpu;
    private readonly string _output;

    /// <param name="path">The folder.</param>
    /// <exception cref="InvalidDataException">Names the file and the key, or the tensor, that is missing or can't be run.</exception>
    public ImageEncoder(string path, ImageEncoderCard card, OnnxSessionOptions options)
    {
        var config = Path.Combine(path, ConfigFile);
        _family = ImageEncoderFamily.Require(JsonFileValue.Find(config) ?? throw new InvalidDataException($"{config}: is missing"));
        _preprocessor = new ImagePreprocessor(PreprocessorSettingsReader.Read(path), card.AsOpened);
        _pooling = card.Pooling;
        if (_pooling == ImagePoolingNames.Output && _family.PooledOutput.Length == 0)
            throw new InvalidDataException($"{config}: model_type: {_family.ModelType} computes no vector of its own; pool by cls or mean");
        if (_pooling == ImagePoolingNames.Cls && _family.ClassTokens == 0)
            throw new InvalidDataException($"{config}: model_type: {_family.ModelType} has no class token; pool by output or mean");
        _slices = new RowSliceRunner(options);
        _isCpu = options.ExecutionProvider == ExecutionProviderNames.Cpu;
        _session = OnnxSession.Load(GraphFileFinder.Require(path), options);
        try
        {
            GraphInspector.RefuseOthers(_session, [ImageEncoderFamily.PixelsInput]);
            var input = GraphInspector.RequireInput(_session, ImageEncoderFamily.PixelsInput, [typeof(float)], 4); // [B, 3, H, W]
            GraphInspector.RequireSize(_session, input, 0, 1, "images are run one at a time, so the batch must be free or");
            GraphInspector.RequireSize(_session, input, 1, 3, "channels are");
            var output = _pooling == ImagePoolingNames.Output ? GraphInspector.RequireOutput(_session, _family.PooledOutput, 2) // [B, D]
                : GraphInspector.RequireOutput(_session, ImageEncoderFamily.StatesOutput, 3); // [B, T, D]
            _output = output.Name;
            Width = GraphInspector.SizeOf(output, output.Dimensions.Count - 1)
                ?? throw new InvalidDataException($"{_session.Path}: '{_output}' must declare the size of its last dimension");
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Numbers of a vector.</summary>
    public int Width { get; }

    /// <summary>A PNG or JPEG, resized and cropped for the network; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: no such image, or one that the folder's settings don't take.</exception>
    public RasterImage Prepare(ReadOnlySpan<byte> file, string field)
    {
        var image = _preprocessor.ResizeAndCrop(PillowPicture.Open(file, field), field);
        var input = _session.Inputs[ImageEncoderFamily.PixelsInput];
        int[] found = [image.Channels, image.Height, image.Width];
        for (var i = 0; i < found.Length; i++)
        {
            if (GraphInspector.SizeOf(input, i + 1) is { } wanted && wanted != found[i])
            {
                throw MeshException.Invalid(field, $"is prepared as [{string.Join(", ", found)}], and the graph of the encoder takes "
                    + $"[{string.Join(", ", input.Dimensions.Skip(1))}]");
            }
        }
        return image;
    }

    /// <summary>Features of prepared images, in their order, each of unit length.</summary>
    /// <exception cref="MeshException">MODEL_OUTPUT_NOT_FINITE.</exception>
    public async Task<IReadOnlyList<float[]>> RunAsync(IReadOnlyList<RasterImage> images, CancellationToken cancellationToken)
    {
        var slices = _isCpu ? Enumerable.Range(0, images.Count).Select(row => new RowSlice([row], 1))
            : Enumerable.Range(0, images.Count).GroupBy(row => (images[row].Height, images[row].Width)).SelectMany(
                rows => _slices.Split([.. rows], GraphInspector.SizeOf(_session.Inputs[ImageEncoderFamily.PixelsInput], 0)));
        return await _slices.RunAsync(images, slices, RunSlice, cancellationToken);
    }

    public void Dispose() => _session.Dispose();

    private List<float[]> RunSlice(IReadOnlyList<RasterImage> images)
    {
        var (rows, first) = (images.Count, images[0]);
        float[] pixels = rows == 1 ? _preprocessor.ToTensor(first) : [.. images.SelectMany(_preprocessor.ToTensor)]; // [B, 3, H, W]
        var output = _session.RunShaped(
            [TensorInput.Create(ImageEncoderFamily.PixelsInput, pixels, rows, first.Channels, first.Height, first.Width)], _output)[0];
        if (output.Shape[0] != rows)
            throw new InvalidOperationException($"{_session.Path}: '{_output}' has {output.Shape[0]} rows for {rows} images.");
        return [.. output.Values.Chunk(output.Values.Length / rows).Select(row => ToUnitLength(Pool(row, (int)output.Shape[^1])))];
    }

    private float[] Pool(float[] states, int width) => _pooling switch
    {
        ImagePoolingNames.Output => states,
        ImagePoolingNames.Cls => states[..width],
        _ => MeanOfPatches(states, width),
    };

    private float[] MeanOfPatches(float[] states, int width)
    {
        var patches = (states.Length / width) - _family.ClassTokens;
        var sums = new double[width];
        for (var i = _family.ClassTokens * width; i < states.Length; i++)
            sums[i % width] += states[i];
        return Array.ConvertAll(sums, sum => (float)(sum / patches));
    }

    private static float[] ToUnitLength(float[] vector)
    {
        var length = CosineSimilarity.NormOf(vector);
        return double.IsFinite(length) && length > 0 ? Array.ConvertAll(vector, value => (float)(value / length))
            : throw new MeshException(ErrorReasons.ModelOutputNotFinite, "The image encoder gave a vector that is zero or not finite.");
    }
}
