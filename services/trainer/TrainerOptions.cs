using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Trainer;

/// <summary>Settings of the trainer. Section <c>Trainer</c>.</summary>
public sealed class TrainerOptions : JobOptions
{
    public const string Section = "Trainer";

    /// <summary>
    /// Where <c>trainer.db</c>, checkpoints and models lie; replicas that are to take over each other's runs share it. Default
    /// <c>state</c>, relative to the working directory.
    /// </summary>
    [Required]
    [DataType("WritableFolder")]
    public string StateFolder { get; set; } = "state";

    /// <summary>
    /// Threads of TorchSharp, 1 to 256; one number for all of a process. Default: what another service of the process was given, or else 2.
    /// </summary>
    [Range(1, 256)]
    public int? Threads { get; set; }

    /// <summary>Where TorchSharp computes: <c>cpu</c> or <c>cuda</c>, one for all of a process. Default <c>cpu</c>.</summary>
    [Required]
    public string Device { get; set; } = TorchRuntime.Cpu;

    /// <summary>
    /// Model folder of the judge that makes the memorisation index of new generators, absolute or relative to the working directory.
    /// Default: empty; new generators then have no index, and curation can't check their images for memorisation.
    /// </summary>
    public string JudgeFolder { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class TrainerOptionsValidator : IValidateOptions<TrainerOptions>;

/// <summary>Checks that the configured judge folder and device exist.</summary>
internal sealed class TrainerOptionsRules : IValidateOptions<TrainerOptions>
{
    public ValidateOptionsResult Validate(string? name, TrainerOptions options)
    {
        if (TorchRuntime.FindDeviceProblem(options.Device) is { } problem)
            return ValidateOptionsResult.Fail($"Trainer:Device: {problem}");
        return options.JudgeFolder.Length == 0 || Directory.Exists(options.JudgeFolder)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Trainer:JudgeFolder: folder '{options.JudgeFolder}' does not exist; give a judge's model folder, or leave it empty");
    }
}
