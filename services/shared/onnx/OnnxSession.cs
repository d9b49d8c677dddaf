using System.Collections.Frozen;
using Microsoft.ML.OnnxRuntime;
using OrtSessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace SynCxr.Mesh.Onnx;

/// <summary>An input or output in the form that the graph declares.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="ElementType"><c>typeof(float)</c>, <c>typeof(long)</c>, ...</param>
/// <param name="Dimensions">Its shape; a dynamic dimension is -1; a scalar has none.</param>
public sealed record TensorDeclaration(string Name, Type ElementType, IReadOnlyList<int> Dimensions);

/// <summary>
/// One ONNX file, loaded and ready to run. Runs may overlap; each is a pure function of its inputs and is computed by the thread that asks
/// for it.
/// </summary>
public sealed class OnnxSession : IDisposable
{
    internal const int NoGraph = -1; // the number of a run that records no CUDA graph
    private const string GraphIdKey = "gpu_graph_id";
    private readonly RunOptions _runOptions = new();
    private readonly InferenceSession _session;
    private readonly TensorCopier? _copier;

    private OnnxSession(string path, InferenceSession session, OnnxSessionOptions settings)
    {
        Path = path;
        _session = session;
        if (settings.Device.CudaGraphs)
        {
            _copier = new TensorCopier(settings);
            SetGraphId(_runOptions, NoGraph);
        }
        Inputs = Describe(session.InputMetadata);
        Outputs = Describe(session.OutputMetadata);
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Declared inputs by name.</summary>
    public IReadOnlyDictionary<string, TensorDeclaration> Inputs { get; }

    /// <summary>Declared outputs by name.</summary>
    public IReadOnlyDictionary<string, TensorDeclaration> Outputs { get; }

    /// <summary>True where bound runs record CUDA graphs.</summary>
    internal bool RecordsGraphs => _copier is not null;

    /// <summary>
    /// Loads a file; external data files are read from the same folder. A bfloat16 graph that the provider has no operators for is run in
    /// float32.
    /// </summary>
    /// <param name="recordsGraphs">True where the graph is run by <see cref="Bind"/> only, so that CUDA graphs may be recorded.</param>
    /// <exception cref="InvalidOperationException">This build of ONNX Runtime lacks the execution provider.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory for it now.</exception>
    /// <exception cref="InvalidDataException">The file is missing, is not a valid graph, or wants an input that is no tensor; or the
    /// provider computes nothing of it.</exception>
    public static OnnxSession Load(string path, OnnxSessionOptions settings, bool recordsGraphs = false)
    {
        settings = settings with { Device = settings.Device with { CudaGraphs = settings.Device.CudaGraphs && recordsGraphs } };
        using var options = new OrtSessionOptions
        {
            IntraOpNumThreads = 1, // bits follow the number of threads of an operator; RowSliceRunner runs operators side by side instead
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // errors are thrown
        };
        ExecutionProviderNames.AppendTo(settings, options);
        try
        {
            var session = Open(path, options);
            if (FindProblem(session, settings.ExecutionProvider) is { } problem)
            {
                session.Dispose();
                throw new InvalidDataException($"{path}: {problem}");
            }
            return new OnnxSession(path, session, settings);
        }
        catch (OnnxRuntimeException exception)
        {
            var message = $"{path}: {OnnxErrorFormatter.Format(exception)}";
            throw IsOutOfMemory(message)
                ? new InsufficientMemoryException(message, exception) : new InvalidDataException(message, exception);
        }
    }

    /// <summary>Runs of inputs of one shape that stay in the provider's memory as long as they don't change.</summary>
    /// <param name="output">The wanted output, of one of <see cref="TensorCast.FloatTypes"/>.</param>
    /// <param name="graphId">Under which number a CUDA graph of that shape is recorded, 1 or more, another one for each shape.</param>
    public BoundRun Bind(string output, int graphId = 1) => new(_session, output, _copier, graphId);

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">One tensor for every input that the graph declares.</param>
    /// <param name="outputs">Names of the wanted outputs, each of one of <see cref="TensorCast.FloatTypes"/>.</param>
    /// <returns>One row-major array per wanted output, in that order.</returns>
    public float[][] Run(IReadOnlyList<TensorInput> inputs, params IReadOnlyList<string> outputs) =>
        [.. RunShaped(inputs, outputs).Select(output => output.Values)];

    /// <inheritdoc cref="Run"/>
    /// <returns>One output per wanted one, in that order, with its shape.</returns>
    public TensorOutput[] RunShaped(IReadOnlyList<TensorInput> inputs, params IReadOnlyList<string> outputs)
    {
        var values = new List<OrtValue>(inputs.Count);
        try
        {
            foreach (var input in inputs)
                values.Add(input.ToOrtValue());
            using var results = _session.Run(_runOptions, [.. inputs.Select(input => input.Name)], values, [.. outputs]);
            return [.. results.Select(result => new TensorOutput(TensorCast.ToFloats(result), result.GetTensorTypeAndShape().Shape))];
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    public void Dispose()
    {
        _copier?.Dispose();
        _session.Dispose();
        _runOptions.Dispose();
    }

    internal static void SetGraphId(RunOptions options, int id) =>
        options.AddRunConfigEntry(GraphIdKey, id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A provider that computes anything reads an input or leaves an output in its own memory.</summary>
    /// <param name="memories">ONNX Runtime's names of the memory of each input and output.</param>
    /// <returns>Null where the provider is in use; else a sentence.</returns>
    internal static string? FindUnusedProvider(string provider, IEnumerable<string> memories) =>
        provider == ExecutionProviderNames.Cpu || memories.Any(name => !name.StartsWith("Cpu", StringComparison.Ordinal)) ? null
            : $"The execution provider '{provider}' was asked for and computes nothing of this graph: every input and output is in the "
                + "processor's memory.";

    /// <summary>True where ONNX Runtime says that memory is what is missing, which another load may have.</summary>
    internal static bool IsOutOfMemory(string message) =>
        message.Contains("bad_alloc", StringComparison.Ordinal) || message.Contains("Failed to allocate memory", StringComparison.Ordinal)
            || message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    private static string? FindProblem(InferenceSession session, string provider)
    {
        if (session.InputMetadata.FirstOrDefault(input => !input.Value.IsTensor) is { Key: { } name })
            return $"The input '{name}' is no tensor.";
        using var inputs = session.GetMemoryInfosForInputs();
        using var outputs = session.GetMemoryInfosForOutputs();
        return FindUnusedProvider(provider, [.. inputs.Select(memory => memory.Name), .. outputs.Select(memory => memory.Name)]);
    }

    private static InferenceSession Open(string path, OrtSessionOptions options)
    {
        try
        {
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException) when (File.Exists(path))
        {
            if (BFloat16Widener.TryWiden(path) is not { } widened)
                throw;
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path",
                System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)));
            return new InferenceSession(widened, options);
        }
    }

    private static FrozenDictionary<string, TensorDeclaration> Describe(IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        metadata.Where(pair => pair.Value.IsTensor)
            .ToFrozenDictionary(pair => pair.Key, pair => new TensorDeclaration(pair.Key, pair.Value.ElementType, pair.Value.Dimensions),
                StringComparer.Ordinal);
}
