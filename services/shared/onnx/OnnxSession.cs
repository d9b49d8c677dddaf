using System.Collections.Frozen;
using Microsoft.ML.OnnxRuntime;
using OrtSessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace SynCxr.Mesh.Onnx;

/// <summary>An input or output in the form that the graph declares.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="ElementType"><c>typeof(float)</c>, <c>typeof(long)</c>, ...</param>
/// <param name="Dimensions">Its shape; a dynamic dimension is -1; a scalar has none.</param>
public sealed record TensorDeclaration(string Name, Type ElementType, IReadOnlyList<int> Dimensions);

/// <summary>One ONNX file, loaded and ready to run. Runs may overlap; each is a pure function of its inputs.</summary>
public sealed class OnnxSession : IDisposable
{
    /// <summary>
    /// The least number of rows for which a row gives the same bits as in any larger batch, at any number of threads. On the CPU a matrix
    /// of one row runs on another kernel, which adds in another order: pad a single row.
    /// </summary>
    public const int MinBatchRows = 2;

    private static readonly RunOptions _defaultRunOptions = new();
    private readonly InferenceSession _session;

    private OnnxSession(string path, InferenceSession session)
    {
        Path = path;
        _session = session;
        Inputs = Describe(session.InputMetadata);
        Outputs = Describe(session.OutputMetadata);
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Declared inputs by name.</summary>
    public IReadOnlyDictionary<string, TensorDeclaration> Inputs { get; }

    /// <summary>Declared outputs by name.</summary>
    public IReadOnlyDictionary<string, TensorDeclaration> Outputs { get; }

    /// <summary>Loads a file; external data files are read from the same folder.</summary>
    /// <exception cref="InvalidOperationException">This build of ONNX Runtime lacks the execution provider.</exception>
    /// <exception cref="OnnxRuntimeException">The file is missing or is not a valid graph.</exception>
    public static OnnxSession Load(string path, OnnxSessionOptions settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Threads, 1);
        using var options = new OrtSessionOptions
        {
            IntraOpNumThreads = settings.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Several sessions share one process and few cores: a thread that spins while it waits takes time from another session.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        ExecutionProviderNames.AppendTo(settings.ExecutionProvider, options);
        return new OnnxSession(path, new InferenceSession(path, options));
    }

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">One tensor for every input that the graph declares.</param>
    /// <param name="outputs">Names of the float outputs that are wanted.</param>
    /// <returns>One row-major array per wanted output, in that order.</returns>
    public float[][] Run(IReadOnlyList<TensorInput> inputs, params IReadOnlyList<string> outputs)
    {
        var values = new List<OrtValue>(inputs.Count);
        try
        {
            foreach (var input in inputs)
                values.Add(input.ToOrtValue());
            using var results = _session.Run(_defaultRunOptions, [.. inputs.Select(input => input.Name)], values, [.. outputs]);
            return [.. results.Select(result => result.GetTensorDataAsSpan<float>().ToArray())];
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    public void Dispose() => _session.Dispose();

    private static FrozenDictionary<string, TensorDeclaration> Describe(IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        metadata.Where(pair => pair.Value.IsTensor)
            .ToFrozenDictionary(pair => pair.Key, pair => new TensorDeclaration(pair.Key, pair.Value.ElementType, pair.Value.Dimensions),
                StringComparer.Ordinal);
}
