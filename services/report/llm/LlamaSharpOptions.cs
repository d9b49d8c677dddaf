using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// Settings of the writer <c>llamasharp</c>. Section <c>Report:LlamaSharp</c>; only in a build with <c>-p:LLamaSharp=true</c>.
/// </summary>
public sealed class LlamaSharpOptions
{
    public const string Section = "Report:LlamaSharp";

    /// <summary>A GGUF file that holds its chat template. Default empty: this replica does not have the writer.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>Tokens of prompt and answer together, 512 to 131072. Default 4096.</summary>
    [Range(512, 131072)]
    public int ContextSize { get; set; } = 4096;

    /// <summary>Number of layers that are kept on the GPU, 0 to 1000. Default 0.</summary>
    [Range(0, 1000)]
    public int GpuLayers { get; set; }

    /// <summary>Threads of the computation, 1 to 256. Default 2.</summary>
    [Range(1, 256)]
    public int Threads { get; set; } = 2;

    /// <summary>Sampling temperature, 0 to 2. Default 0.7.</summary>
    [Range(0.0, 2.0)]
    public double Temperature { get; set; } = 0.7;

    /// <summary>Limit of tokens for one section, 1 to 8192. Default 400.</summary>
    [Range(1, 8192)]
    public int MaxTokens { get; set; } = 400;
}

[OptionsValidator]
internal sealed partial class LlamaSharpOptionsValidator : IValidateOptions<LlamaSharpOptions>;

/// <summary>Refuses to start without the file that the settings name.</summary>
internal sealed class LlamaSharpOptionsRules(IConfiguration configuration) : IValidateOptions<LlamaSharpOptions>
{
    public ValidateOptionsResult Validate(string? name, LlamaSharpOptions options)
    {
        var isDefault = configuration[$"{ReportOptions.Section}:{nameof(ReportOptions.Writer)}"] == ReportWriterNames.LlamaSharp;
        return (options.ModelPath.Length == 0 && !isDefault) || File.Exists(options.ModelPath)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Report:LlamaSharp:ModelPath is '{options.ModelPath}'; there is no such file.");
    }
}
