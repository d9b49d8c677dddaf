using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Curation.Judging;

/// <summary>The output of the network for one image.</summary>
/// <param name="Logits">One for each head, in their order.</param>
/// <param name="Embedding">Features of unit length.</param>
internal sealed record JudgeOutput(float[] Logits, float[] Embedding);

/// <summary>The engines <c>onnx-judge</c> and <c>onnx-embedding</c>: one network gives the answers and the features, in one run.</summary>
internal sealed class JudgeModel : IDisposable
{
    /// <summary>Name of the engine that answers.</summary>
    public const string EngineName = "onnx-judge";

    /// <summary>Name of the engine that computes features.</summary>
    public const string EmbeddingEngineName = "onnx-embedding";

    private const string PixelsInput = "pixels";
    private const string LogitsOutput = "logits";
    private const string EmbeddingOutput = "embedding";
    private readonly OnnxSession _session;
    private readonly RowSliceRunner _slices;

    private JudgeModel(ModelFolder folder, OnnxSession graph, ReferenceBank bank, OnnxSessionOptions settings)
    {
        _session = graph;
        _slices = new RowSliceRunner(settings);
        BadBank = bank;
        Card = folder.Card;
        Digest = folder.Digest;
        Settings = folder.Card.Judge!;
        Fingerprint = EngineFingerprint.Describe(settings);
        Deterministic = settings.ExecutionProvider == ExecutionProviderNames.Cpu;
    }

    public ModelCard Card { get; }

    public string Digest { get; }

    /// <summary>Heads and thresholds.</summary>
    public JudgeCard Settings { get; }

    /// <summary>The bad bank: features of images with artefacts.</summary>
    public ReferenceBank BadBank { get; }

    public string Fingerprint { get; }

    /// <summary>True when the same image gives the same bytes on the same fingerprint.</summary>
    public bool Deterministic { get; }

    /// <exception cref="InvalidDataException">Names the file and what is wrong with it.</exception>
    public static JudgeModel Load(string path, OnnxSessionOptions settings)
    {
        var folder = ModelFolder.Open(path);
        var card = folder.Card.Judge
            ?? throw new InvalidDataException(
                $"{path}: The model must be of the kind {ModelKindNames.QualityJudge}, not {folder.Card.Kind}.");
        var bank = ReferenceBank.Load(folder.FileOf("bad-bank.f16"), folder.FileOf("bad-bank.json"), "kinds");
        if (bank.Width != card.Embedding)
            throw new InvalidDataException(
                $"{path}: bad-bank.json: The rows must be as wide as the embedding ({card.Embedding}), not {bank.Width}.");
        var graph = OnnxSession.Load(folder.FileOf("model.onnx"), settings);
        try
        {
            CheckShape(graph, graph.Inputs, PixelsInput, [-1, 1, card.InputSize, card.InputSize]);
            CheckShape(graph, graph.Outputs, LogitsOutput, [-1, card.Heads.Count]);
            CheckShape(graph, graph.Outputs, EmbeddingOutput, [-1, card.Embedding]);
            return new JudgeModel(folder, graph, bank, settings);
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    /// <summary>The input of the network for an image: resized by area average, 0 to 1.</summary>
    public float[] PrepareInput(GrayImage image)
    {
        var small = ImageResizer.Resize(image, Settings.InputSize, Settings.InputSize).Pixels;
        var pixels = new float[small.Length]; // [1, S, S]
        for (var i = 0; i < small.Length; i++)
            pixels[i] = small[i] / 255f;
        return pixels;
    }

    /// <summary>Runs prepared images together.</summary>
    public async Task<IReadOnlyList<JudgeOutput>> RunAsync(IReadOnlyList<float[]> images, CancellationToken cancellationToken) =>
        await _slices.RunAsync(images, _slices.Split([.. Enumerable.Range(0, images.Count)]), RunSlice, cancellationToken);

    public void Dispose() => _session.Dispose();

    private List<JudgeOutput> RunSlice(IReadOnlyList<float[]> images)
    {
        int rows = images.Count, size = Settings.InputSize;
        var pixels = new float[rows * size * size]; // [B, 1, S, S]
        for (var row = 0; row < rows; row++)
            images[row].CopyTo(pixels, row * size * size);
        var outputs = _session.Run([TensorInput.Create(PixelsInput, pixels, rows, 1, size, size)], LogitsOutput, EmbeddingOutput);
        return [.. Enumerable.Range(0, rows)
            .Select(row => new JudgeOutput(CopyRow(outputs[0], row, Settings.Heads.Count), CopyRow(outputs[1], row, Settings.Embedding)))];
    }

    private static float[] CopyRow(float[] values, int row, int width)
    {
        var slice = values.AsSpan(row * width, width).ToArray();
        return Array.TrueForAll(slice, float.IsFinite)
            ? slice : throw new InvalidOperationException("The network of the judge gave a value that is not a finite number.");
    }

    private static void CheckShape(OnnxSession graph, IReadOnlyDictionary<string, TensorDeclaration> tensors, string name, int[] wanted)
    {
        if (!tensors.TryGetValue(name, out var tensor))
            throw new InvalidDataException(
                $"{graph.Path}: The graph must have '{name}'; it has {string.Join(", ", tensors.Keys.Order(StringComparer.Ordinal))}.");
        var fits = tensor.ElementType == typeof(float) && tensor.Dimensions.Count == wanted.Length
            && tensor.Dimensions.Zip(wanted).All(d => d.First == d.Second || d.First < 0);
        if (!fits)
            throw new InvalidDataException(
                $"{graph.Path}: '{name}' is {tensor.ElementType.Name} [{string.Join(", ", tensor.Dimensions)}], wanted is Single "
                    + $"[{string.Join(", ", wanted)}].");
    }
}
