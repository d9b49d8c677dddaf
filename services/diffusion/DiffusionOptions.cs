using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Settings of the diffusion service. Section <c>Diffusion</c>.</summary>
public sealed class DiffusionOptions
{
    public const string Section = "Diffusion";

    /// <summary>Folder of the shipped generator, relative to the program.</summary>
    public const string ShippedModel = "models/cxr-tiny-generator";

    /// <summary>The engine that renders: one of <see cref="DiffusionEngineNames"/>. Default <c>onnx-latent-diffusion</c>.</summary>
    [Required]
    public string Engine { get; set; } = DiffusionEngineNames.OnnxLatentDiffusion;

    /// <summary>Time that the engine <c>fixed-cost</c> takes for a batch of up to eight images, 0 s to 1 min. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FixedCost { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Model folders, absolute or relative to the program, the default model first. Default: the shipped generator alone.
    /// </summary>
    public IList<string> ModelPaths { get; init; } = [];

    /// <summary>
    /// Folder of further models, absolute or relative to the program: each folder in it whose model.yaml is of the kind latent-diffusion is
    /// served beside <see cref="ModelPaths"/>, and loaded when a request first names it. Default: none. It need not exist yet. The engine
    /// <c>fixed-cost</c> ignores it.
    /// </summary>
    public string ModelRoot { get; set; } = "";

    /// <summary>Where ONNX Runtime computes: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>. Default <c>cpu</c>.</summary>
    [Required]
    public string ExecutionProvider { get; set; } = ExecutionProviderNames.Cpu;

    /// <summary>Which GPU, from 0, with <c>cuda</c> and <c>tensorrt</c>. 0 to 1023. Default 0.</summary>
    [Range(0, 1023)]
    public int Device { get; set; }

    /// <summary>
    /// MiB of the GPU's memory that each graph's arena may take, with <c>cuda</c>; ONNX Runtime fails a run that wants more. What CUDA and
    /// cuDNN take themselves comes on top. 0 to 1048576; 0 for no limit. Default 0.
    /// </summary>
    [Range(0, 1_048_576)]
    public int DeviceMemoryMiB { get; set; }

    /// <summary>
    /// With <c>cuda</c>: the kernels of a denoising step are recorded once for each of the first 16 shapes of a batch, and replayed.
    /// Default false.
    /// </summary>
    public bool CudaGraphs { get; set; }

    /// <summary>
    /// With <c>tensorrt</c>: folder in which compiled engines are kept, absolute or relative to the program, so that only the first start
    /// compiles them. They fit one GPU and one version of TensorRT. Default: none.
    /// </summary>
    public string TensorRtCache { get; set; } = "";

    /// <summary>
    /// On the CPU: slices of a batch that are computed side by side, each by one thread, and images that are decoded at a time, rendered
    /// ones and those that requests start from. 1 to 256.
    /// Default 2. Bytes do not depend on it.
    /// </summary>
    [Range(1, 256)]
    public int Threads { get; set; } = 2;

    /// <summary>
    /// Requests that may wait, 1 to 10,000; the next one is refused with a retry-after. The last quarter of the places is kept for requests
    /// that come back after a refusal. Default 64.
    /// </summary>
    [Range(1, 10_000)]
    public int QueueLimit { get; set; } = 64;

    /// <summary>
    /// The longest time that the images of one request may take to decode; then it is refused. 1 s to 1 h. Default 2 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WorkLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Requests that share a denoising step, 1 to 64. Default 8.</summary>
    [Range(1, 64)]
    public int MaxBatch { get; set; } = 8;

    /// <summary>How long the first request of a batch waits for others, 0 s to 10 s. Default 2 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>What the provider is told.</summary>
    internal DeviceSettings DeviceSettings => new()
    {
        Device = Device,
        MemoryMiB = DeviceMemoryMiB,
        CudaGraphs = CudaGraphs,
        EngineCache = TensorRtCache.Length == 0 ? "" : Path.GetFullPath(TensorRtCache, AppContext.BaseDirectory),
    };

    /// <summary>The folder of further models as an absolute path; empty for none.</summary>
    internal string ModelRootFolder => ModelRoot.Length == 0 || Engine == DiffusionEngineNames.FixedCost
        ? "" : Path.TrimEndingDirectorySeparator(Path.GetFullPath(ModelRoot, AppContext.BaseDirectory));

    /// <summary>The model folders as absolute paths.</summary>
    internal IReadOnlyList<string> ModelFolders =>
        [.. (ModelPaths.Count == 0 ? [ShippedModel] : ModelPaths).Select(path => Path.GetFullPath(path, AppContext.BaseDirectory))];
}

[OptionsValidator]
internal sealed partial class DiffusionOptionsValidator : IValidateOptions<DiffusionOptions>;

/// <summary>Refuses to start with an engine, a device or a model folder that is not there: nothing falls back silently.</summary>
internal sealed class DiffusionOptionsRules : IValidateOptions<DiffusionOptions>
{
    public ValidateOptionsResult Validate(string? name, DiffusionOptions options)
    {
        var problems = new List<string>();
        if (!DiffusionEngineNames.All.Contains(options.Engine))
            problems.Add($"Diffusion:Engine is '{options.Engine}'; it must be one of {string.Join(", ", DiffusionEngineNames.All)}.");
        problems.AddRange(ExecutionProviderNames.FindIdleSettings(options.ExecutionProvider, options.DeviceSettings,
            DiffusionOptions.Section));
        if (ExecutionProviderNames.FindProblem(options.ExecutionProvider, options.DeviceSettings) is { } problem)
            problems.Add($"Diffusion:ExecutionProvider: {problem}");
        if (File.Exists(options.ModelRootFolder))
            problems.Add($"Diffusion:ModelRoot: '{options.ModelRootFolder}' is a file; it must be a folder of model folders.");
        problems.AddRange(options.ModelFolders.Select(folder => (folder, Problem: ModelFolder.FindProblem(folder)))
            .Where(model => model.Problem is not null)
            .Select(model => $"Diffusion:ModelPaths: '{model.folder}' must be a model folder, but {model.Problem}."));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
