using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Curation;

/// <summary>Settings of the curation service. Section <c>Curation</c>.</summary>
public sealed class CurationOptions
{
    public const string Section = "Curation";

    /// <summary>Folder of the judge, absolute or relative to the program. Default <c>models/cxr-tiny-judge</c>.</summary>
    [Required]
    public string ModelPath { get; set; } = "models/cxr-tiny-judge";

    /// <summary>
    /// Folders of the generators whose training images memorisation is checked against, absolute or relative to the program; only their
    /// <c>memory/</c> is read, and the name of the folder is that of the generator. A missing folder is left out with a warning.
    /// Default: one, <c>models/cxr-tiny-generator</c>.
    /// </summary>
    public IList<string> GeneratorPaths { get; init; } = [];

    /// <summary>
    /// Generators that were trained on nothing, so that nothing can be memorised. Default: one, the diffusion service's <c>fixed-cost</c>
    /// for load tests.
    /// </summary>
    public IList<string> UntrainedGenerators { get; init; } = [];

    /// <summary>
    /// Where ONNX Runtime computes: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>. Default <c>cpu</c>; a missing device stops the start.
    /// </summary>
    [Required]
    public string ExecutionProvider { get; set; } = ExecutionProviderNames.Cpu;

    /// <summary>Threads of one run of the judge, 1 to 64. Default 1.</summary>
    [Range(1, 64)]
    public int Threads { get; set; } = 1;

    /// <summary>Images that share a run of the judge, 1 to 256. Default 8.</summary>
    [Range(1, 256)]
    public int MaxBatch { get; set; } = 8;

    /// <summary>How long the first image of a batch waits for others, 0 s to 1 s. Default 2 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Most images that wait, to be decoded and again for the network; more are refused with push-back. The last quarter is for those that
    /// were refused before. 1 to 100000. Default 256.
    /// </summary>
    [Range(1, 100_000)]
    public int QueueLimit { get; set; } = 256;

    /// <summary>Images that are decoded at the same time, 1 to 256; each may take 80 MB. Default 4.</summary>
    [Range(1, 256)]
    public int MaxDecodes { get; set; } = 4;

    /// <summary>The folders of the generators; the default where none is configured.</summary>
    internal IEnumerable<string> GeneratorFolders => GeneratorPaths.Count > 0 ? GeneratorPaths : ["models/cxr-tiny-generator"];

    /// <summary>True for a generator that has no training images.</summary>
    internal bool IsUntrained(string generator) => UntrainedGenerators.Count > 0
        ? UntrainedGenerators.Contains(generator) : generator == "fixed-cost";

    internal static string ResolvePath(string path) => Path.Combine(AppContext.BaseDirectory, path);
}

[OptionsValidator]
internal sealed partial class CurationOptionsValidator : IValidateOptions<CurationOptions>;

internal sealed class CurationOptionsRules : IValidateOptions<CurationOptions>
{
    public ValidateOptionsResult Validate(string? name, CurationOptions options)
    {
        if (ExecutionProviderNames.FindProblem(options.ExecutionProvider) is { } problem)
            return ValidateOptionsResult.Fail($"Curation:ExecutionProvider: {problem}");
        if (options.QueueLimit < options.MaxBatch)
            return ValidateOptionsResult.Fail(
                $"Curation:QueueLimit is {options.QueueLimit} and must be at least Curation:MaxBatch ({options.MaxBatch}), or no batch "
                    + $"could fill.");
        var folder = CurationOptions.ResolvePath(options.ModelPath);
        return File.Exists(Path.Combine(folder, ModelFolder.CardFile))
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Curation:ModelPath: '{folder}' must be a model folder, but has no {ModelFolder.CardFile}.");
    }
}
