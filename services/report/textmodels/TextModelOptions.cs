using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Report.TextModels;

/// <summary>Settings of the text models of this replica: token classifiers and text encoders. Section <c>Report:TextModels</c>.</summary>
public sealed class TextModelOptions
{
    public const string Section = "Report:TextModels";

    /// <summary>
    /// Folder of model folders, absolute or relative to the program: <c>syncxr model add</c> puts them there. Default empty: none. It need
    /// not exist.
    /// </summary>
    public string Root { get; set; } = "";

    /// <summary>Where ONNX Runtime computes: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>. Default <c>cpu</c>; a missing device stops the
    /// start.</summary>
    [Required]
    public string ExecutionProvider { get; set; } = ExecutionProviderNames.Cpu;

    /// <summary>Which GPU, from 0, with <c>cuda</c> and <c>tensorrt</c>. 0 to 1023. Default 0.</summary>
    [Range(0, 1023)]
    public int Device { get; set; }

    /// <summary>
    /// MiB of the GPU's memory that the arena of each model may take, with <c>cuda</c>. 0 to 1048576; 0 for no limit. Default 0.
    /// </summary>
    [Range(0, 1_048_576)]
    public int DeviceMemoryMiB { get; set; }

    /// <summary>On the CPU: texts of one call that are computed side by side, each by one thread, 1 to 64. Default 1.</summary>
    [Range(1, 64)]
    public int Threads { get; set; } = 1;

    /// <summary>How the graphs are run.</summary>
    internal OnnxSessionOptions SessionOptions => new(ExecutionProvider, Threads) { Device = DeviceSettings };

    internal DeviceSettings DeviceSettings => new() { Device = Device, MemoryMiB = DeviceMemoryMiB };

    /// <summary>The folder of a model: below <see cref="Root"/> where one of that name is there, else that path.</summary>
    internal string Resolve(string model)
    {
        var path = Path.Combine(AppContext.BaseDirectory, model);
        if (Root.Length == 0 || model != Path.GetFileName(model))
            return path;
        var added = Path.Combine(AppContext.BaseDirectory, Root, model);
        return Directory.Exists(added) ? added : path;
    }
}

[OptionsValidator]
internal sealed partial class TextModelOptionsValidator : IValidateOptions<TextModelOptions>;

/// <summary>Refuses a provider that this machine can't use, and settings that it would ignore.</summary>
internal sealed class TextModelOptionsRules : IValidateOptions<TextModelOptions>
{
    public ValidateOptionsResult Validate(string? name, TextModelOptions options)
    {
        var idle = ExecutionProviderNames.FindIdleSettings(options.ExecutionProvider, options.DeviceSettings, TextModelOptions.Section)
            .ToList();
        if (idle.Count > 0)
            return ValidateOptionsResult.Fail(idle);
        return ExecutionProviderNames.FindProblem(options.ExecutionProvider, options.DeviceSettings) is { } problem
            ? ValidateOptionsResult.Fail($"{TextModelOptions.Section}:ExecutionProvider: {problem}") : ValidateOptionsResult.Success;
    }
}
