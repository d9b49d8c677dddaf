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

    /// <summary>Where ONNX Runtime computes: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>. Default <c>cpu</c>.</summary>
    [Required]
    public string ExecutionProvider { get; set; } = ExecutionProviderNames.Cpu;

    /// <summary>Threads inside one operator, 1 to 256. Default 2.</summary>
    [Range(1, 256)]
    public int Threads { get; set; } = 2;

    /// <summary>
    /// Requests that may wait, 1 to 10,000; the next one is refused with a retry-after. The last quarter of the places is kept for requests
    /// that come back after a refusal. Default 64.
    /// </summary>
    [Range(1, 10_000)]
    public int QueueLimit { get; set; } = 64;

    /// <summary>Requests that share a denoising step, 1 to 64. Default 8.</summary>
    [Range(1, 64)]
    public int MaxBatch { get; set; } = 8;

    /// <summary>How long the first request of a batch waits for others, 0 s to 10 s. Default 2 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

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
        if (ExecutionProviderNames.FindProblem(options.ExecutionProvider) is { } problem)
            problems.Add($"Diffusion:ExecutionProvider: {problem}");
        problems.AddRange(options.ModelFolders.Where(folder => !File.Exists(Path.Combine(folder, ModelFolder.CardFile)))
            .Select(folder => $"Diffusion:ModelPaths: '{folder}' must be a model folder, but has no {ModelFolder.CardFile}."));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
