using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging.Chat;
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
    /// Name of the judge where a request names none: <c>openai</c>, <c>llamasharp</c>, or empty for the one of <see cref="ModelPath"/>.
    /// Default empty.
    /// </summary>
    public string Judge { get; set; } = "";

    /// <summary>
    /// Folders of the generators whose training images memorisation is checked against, absolute or relative to the program; only their
    /// <c>memory/</c> is read, and the name of the folder is that of the generator. A missing folder is left out with a warning.
    /// Default: one, <c>models/cxr-tiny-generator</c>.
    /// </summary>
    public IList<string> GeneratorPaths { get; init; } = [];

    /// <summary>
    /// Folder of further generators, absolute or relative to the program: the <c>memory/</c> of each folder in it is read at start beside
    /// those of <see cref="GeneratorPaths"/>. Default: none. It need not exist.
    /// </summary>
    public string GeneratorRoot { get; set; } = "";

    /// <summary>
    /// Folder of indexes that were made apart from their generators (<c>syncxr model index</c>), absolute or relative to the program:
    /// <c>GENERATOR/DIGEST OF THE JUDGE/index.json</c> and <c>index.f16</c>. Read at start. A generator that has a usable <c>memory/</c> of
    /// its own keeps that one. Default: none. It need not exist.
    /// </summary>
    public string IndexRoot { get; set; } = "";

    /// <summary>
    /// Folder of model folders, absolute or relative to the program, the image encoders (<c>syncxr model add</c>) and image-text models
    /// (<c>syncxr train</c>) among which requests can name, beside the image-text models that ship. Default: none. It need not exist.
    /// </summary>
    public string EncoderRoot { get; set; } = "";

    /// <summary>
    /// Folder of banks of known-bad images, absolute or relative to the program (<c>syncxr bank build</c>): <c>BANK/bank.json</c> and
    /// <c>bank.f16</c>. Each is read when it is first named. Default: none. It need not exist.
    /// </summary>
    public string BankRoot { get; set; } = "";

    /// <summary>
    /// Folder of what image-text models say of examples, absolute or relative to the program (<c>syncxr alignment thresholds</c>):
    /// <c>DIGEST OF THE MODEL.json</c>. Read whenever a data set is created. Default: none. It need not exist.
    /// </summary>
    public string AlignmentRoot { get; set; } = "";

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

    /// <summary>Which GPU, from 0, with <c>cuda</c> and <c>tensorrt</c>. 0 to 1023. Default 0.</summary>
    [Range(0, 1023)]
    public int Device { get; set; }

    /// <summary>
    /// MiB of the GPU's memory that the judge's arena may take, with <c>cuda</c>; ONNX Runtime fails a run that wants more. What CUDA and
    /// cuDNN take themselves comes on top. 0 to 1048576; 0 for no limit. Default 0.
    /// </summary>
    [Range(0, 1_048_576)]
    public int DeviceMemoryMiB { get; set; }

    /// <summary>
    /// With <c>tensorrt</c>: folder in which compiled engines are kept, absolute or relative to the program, so that only the first start
    /// compiles them. They fit one GPU and one version of TensorRT. Default: none.
    /// </summary>
    public string TensorRtCache { get; set; } = "";

    /// <summary>
    /// On the CPU: slices of a batch that are judged side by side, each by one thread; and threads of a duplicate search. 1 to 64.
    /// Default 1.
    /// </summary>
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

    /// <summary>
    /// The longest time that one call may compute on the CPU beside the network: decoding its image, comparing its candidates; then it is
    /// refused. 1 s to 1 h. Default 2 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WorkLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Images that are decoded at the same time, 1 to 256; each may take 80 MB. Default 4.</summary>
    [Range(1, 256)]
    public int MaxDecodes { get; set; } = 4;

    /// <summary>The folders of the generators; the default where none is configured.</summary>
    internal IEnumerable<string> GeneratorFolders => GeneratorPaths.Count > 0 ? GeneratorPaths : ["models/cxr-tiny-generator"];

    /// <summary>The generators that have no training images; the default where none is configured.</summary>
    internal IReadOnlyList<string> UntrainedNames => UntrainedGenerators.Count > 0 ? [.. UntrainedGenerators] : ["fixed-cost"];

    /// <summary>How the graphs of judge and encoders are run.</summary>
    internal OnnxSessionOptions SessionOptions => new(ExecutionProvider, Threads) { Device = DeviceSettings };

    /// <summary>What the provider is told.</summary>
    internal DeviceSettings DeviceSettings => new()
    {
        Device = Device,
        MemoryMiB = DeviceMemoryMiB,
        EngineCache = TensorRtCache.Length == 0 ? "" : ResolvePath(TensorRtCache),
    };

    internal static string ResolvePath(string path) => Path.Combine(AppContext.BaseDirectory, path);
}

[OptionsValidator]
internal sealed partial class CurationOptionsValidator : IValidateOptions<CurationOptions>;

internal sealed class CurationOptionsRules : IValidateOptions<CurationOptions>
{
    public ValidateOptionsResult Validate(string? name, CurationOptions options)
    {
        var device = options.DeviceSettings;
        var idle = ExecutionProviderNames.FindIdleSettings(options.ExecutionProvider, device, CurationOptions.Section).ToList();
        if (idle.Count > 0)
            return ValidateOptionsResult.Fail(idle);
        if (ExecutionProviderNames.FindProblem(options.ExecutionProvider, device) is { } problem)
            return ValidateOptionsResult.Fail($"Curation:ExecutionProvider: {problem}");
        if (options.Judge.Length > 0 && !ChatJudgeNames.ByName.ContainsKey(options.Judge))
            return ValidateOptionsResult.Fail(
                $"Curation:Judge is '{options.Judge}'; it must be empty or one of {string.Join(", ", ChatJudgeNames.ByName.Keys)}.");
        if (options.QueueLimit < options.MaxBatch)
            return ValidateOptionsResult.Fail(
                $"Curation:QueueLimit is {options.QueueLimit} and must be at least Curation:MaxBatch ({options.MaxBatch}), or no batch "
                    + $"could fill.");
        var folder = CurationOptions.ResolvePath(options.ModelPath);
        return ModelFolder.FindProblem(folder) is { } wrong
            ? ValidateOptionsResult.Fail($"Curation:ModelPath: '{folder}' must be a model folder, but {wrong}.")
            : ValidateOptionsResult.Success;
    }
}
