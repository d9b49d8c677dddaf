using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator;

/// <summary>Settings of the evaluator. Section <c>Evaluator</c>.</summary>
public sealed class EvaluatorOptions : JobOptions
{
    public const string Section = "Evaluator";

    /// <summary>
    /// Where <c>evaluator.db</c>, evaluations' files and the cache lie; replicas share it. Default <c>state</c>, relative to the working
    /// directory.
    /// </summary>
    [Required]
    [DataType("WritableFolder")]
    public string StateFolder { get; set; } = "state";

    /// <summary>
    /// Folders of vision–language models, beside those that ship and those that a trainer on the same state folder made. Default: none.
    /// </summary>
    public IList<string> ModelPaths { get; init; } = [];

    /// <summary>
    /// Folder in which the trainer keeps its models, <c>{tenant}/{name}</c>: of these, a caller can name those of its tenant. Default:
    /// empty, which stands for <c>models</c> in the state folder.
    /// </summary>
    public string ModelRoot { get; set; } = "";

    /// <summary>
    /// Threads of TorchSharp, 1 to 256; one number for all of a process. Default: what another service of the process was given, or else 2.
    /// </summary>
    [Range(1, 256)]
    public int? Threads { get; set; }

    /// <summary>Where TorchSharp computes: <c>cpu</c> or <c>cuda</c>, one for all of a process. Default <c>cpu</c>.</summary>
    [Required]
    public string Device { get; set; } = TorchRuntime.Cpu;

    /// <summary>Calls to a peer that are under way at one time, 1 to 256. Default 16.</summary>
    [Range(1, 256)]
    public int CallsInFlight { get; set; } = 16;
}

[OptionsValidator]
internal sealed partial class EvaluatorOptionsValidator : IValidateOptions<EvaluatorOptions>;

/// <summary>Checks that the configured device exists.</summary>
internal sealed class EvaluatorOptionsRules : IValidateOptions<EvaluatorOptions>
{
    public ValidateOptionsResult Validate(string? name, EvaluatorOptions options) =>
        TorchRuntime.FindDeviceProblem(options.Device) is { } problem
            ? ValidateOptionsResult.Fail($"Evaluator:Device: {problem}") : ValidateOptionsResult.Success;
}
