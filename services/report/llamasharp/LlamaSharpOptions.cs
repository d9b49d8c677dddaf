using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>Settings of the writer <c>llamasharp</c>. Section <c>Report:LlamaSharp</c>.</summary>
public sealed class LlamaSharpOptions
{
    public const string Section = "Report:LlamaSharp";

    /// <summary>
    /// A GGUF file that holds its chat template, or the name of one that <c>syncxr model add</c> took: a folder below
    /// <c>Report:TextModels:Root</c>. Default empty: this replica does not have the writer.
    /// </summary>
    public string ModelPath { get; set; } = "";

    /// <summary>
    /// Tokens of prompt and answer together for one section, 512 to 131072; not more than the model was trained for. The memory for it is
    /// taken <see cref="Concurrency"/> times. Default 4096.
    /// </summary>
    [Range(512, 131072)]
    public int ContextSize { get; set; } = 4096;

    /// <summary>Sections that are written at the same time, in one batch, 1 to 64. Default 4.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 4;

    /// <summary>Number of layers that are kept on the GPU, 0 to 1000; it needs a build with a GPU half of the library. Default 0.</summary>
    [Range(0, 1000)]
    public int GpuLayers { get; set; }

    /// <summary>
    /// True to compute attention in blocks that stay in the processor's cache. It moves the logits a little. Default false.
    /// </summary>
    public bool FlashAttention { get; set; }

    /// <summary>
    /// Threads of the computation, 0 to the number of processors: with more than there are free cores it slows down a hundredfold. Default
    /// 0: one for each processor that is free when the model is loaded.
    /// </summary>
    [Range(0, 256)]
    public int Threads { get; set; }

    /// <summary>Sampling temperature, 0 to 2; 0 takes the likeliest token. Default 0.7.</summary>
    [Range(0.0, 2.0)]
    public double Temperature { get; set; } = 0.7;

    /// <summary>Only so many of the likeliest tokens are drawn from, 0 to 1000; 0 for all. Default 40.</summary>
    [Range(0, 1000)]
    public int TopK { get; set; } = 40;

    /// <summary>Only the likeliest tokens that have this share of the probability are drawn from, 0 to 1. Default 0.95.</summary>
    [Range(0.0, 1.0)]
    public double TopP { get; set; } = 0.95;

    /// <summary>Tokens are left out that are less than this as likely as the likeliest, 0 to 1. Default 0.05.</summary>
    [Range(0.0, 1.0)]
    public double MinP { get; set; } = 0.05;

    /// <summary>Divides the logits of the last 64 tokens, 1 to 2; 1 for no penalty. Default 1.</summary>
    [Range(1.0, 2.0)]
    public double RepeatPenalty { get; set; } = 1;

    /// <summary>Limit of tokens for one section, 1 to 8192. Default 400.</summary>
    [Range(1, 8192)]
    public int MaxTokens { get; set; } = 400;

    /// <summary>What the text is held to while it is written: one of <see cref="LlamaGrammarNames"/>. Default <c>none</c>.</summary>
    public string Grammar { get; set; } = LlamaGrammarNames.None;
}

/// <summary>The names of what the writer <c>llamasharp</c> holds its text to.</summary>
public static class LlamaGrammarNames
{
    /// <summary>Nothing: the model writes as it likes, and what does not fit is refused. For models that follow a prompt.</summary>
    public const string None = "none";

    /// <summary>Sentence frames made of the entity set: the model chooses among them. For models too small to follow a prompt.</summary>
    public const string Frames = "frames";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [None, Frames];
}

[OptionsValidator]
internal sealed partial class LlamaSharpOptionsValidator : IValidateOptions<LlamaSharpOptions>;

/// <summary>Refuses to start without the file that the settings name, or with more threads than processors.</summary>
internal sealed class LlamaSharpOptionsRules(IConfiguration configuration) : IValidateOptions<LlamaSharpOptions>
{
    public ValidateOptionsResult Validate(string? name, LlamaSharpOptions options)
    {
        var problems = new List<string>();
        var isDefault = configuration[$"{ReportOptions.Section}:{nameof(ReportOptions.Writer)}"] == ReportWriterNames.LlamaSharp;
        var root = configuration[$"{TextModelOptions.Section}:{nameof(TextModelOptions.Root)}"] ?? "";
        var file = LlamaModelFile.Resolve(options.ModelPath, root);
        if ((options.ModelPath.Length > 0 || isDefault) && !File.Exists(file))
            problems.Add($"Report:LlamaSharp:ModelPath is '{options.ModelPath}'; there is no such file, and no added model of that name.");
        if (options.Threads > Environment.ProcessorCount)
        {
            problems.Add($"Report:LlamaSharp:Threads is {options.Threads}, more than the {Environment.ProcessorCount} processors of this "
                + "machine; 0 takes those that are free.");
        }

        if (!LlamaGrammarNames.All.Contains(options.Grammar))
        {
            problems.Add(
                $"Report:LlamaSharp:Grammar is '{options.Grammar}'; it must be one of {string.Join(", ", LlamaGrammarNames.All)}.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
