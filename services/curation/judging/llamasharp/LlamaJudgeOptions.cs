using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging.Chat;

namespace SynCxr.Mesh.Curation.Judging.LlamaSharp;

/// <summary>Settings of the judge <c>llamasharp</c>. Section <c>Curation:LlamaSharp</c>.</summary>
public sealed class LlamaJudgeOptions
{
    public const string Section = "Curation:LlamaSharp";

    /// <summary>
    /// A GGUF file of the text model, absolute or relative to the program. Default empty: this replica does not have the judge.
    /// </summary>
    public string ModelPath { get; set; } = "";

    /// <summary>A GGUF file of its projector ("mmproj"), absolute or relative to the program. No default.</summary>
    public string ProjectorPath { get; set; } = "";

    /// <summary>Tokens of picture, questions and answer together, 256 to 131072. Default 4096.</summary>
    [Range(256, 131072)]
    public int ContextSize { get; set; } = 4096;

    /// <summary>Limit of tokens for one answer, 1 to 1024. Default 64.</summary>
    [Range(1, 1024)]
    public int MaxTokens { get; set; } = 64;

    /// <summary>Number of layers that are kept on the GPU, 0 to 1000; it needs a build with a GPU half of the library. Default 0.</summary>
    [Range(0, 1000)]
    public int GpuLayers { get; set; }

    /// <summary>Threads that compute, 0 to 256; 0 for one for each processor that is free at the start. Default 0.</summary>
    [Range(0, 256)]
    public int Threads { get; set; }

    /// <summary>True to ask all six questions in one request; false to ask each in one of its own. Default false.</summary>
    public bool OneRequest { get; set; }

    /// <summary>
    /// True for a model without a chat template: it reads the texts of the turns, one after the other. Default false: such a model is
    /// refused.
    /// </summary>
    public bool PlainTurns { get; set; }
}

[OptionsValidator]
internal sealed partial class LlamaJudgeOptionsValidator : IValidateOptions<LlamaJudgeOptions>;

/// <summary>Refuses settings that are there in part, or not at all although the judge is the default.</summary>
internal sealed class LlamaJudgeOptionsRules(IConfiguration configuration) : IValidateOptions<LlamaJudgeOptions>
{
    public ValidateOptionsResult Validate(string? name, LlamaJudgeOptions options)
    {
        var isDefault = configuration[$"{CurationOptions.Section}:{nameof(CurationOptions.Judge)}"] == ChatJudgeNames.LlamaSharp;
        if (options.ModelPath.Length + options.ProjectorPath.Length == 0 && !isDefault)
            return ValidateOptionsResult.Success;
        var problems = new[] { (nameof(options.ModelPath), options.ModelPath), (nameof(options.ProjectorPath), options.ProjectorPath) }
            .Where(file => !File.Exists(CurationOptions.ResolvePath(file.Item2)))
            .Select(file => $"{LlamaJudgeOptions.Section}:{file.Item1} is '{file.Item2}'; there is no such file.").ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
