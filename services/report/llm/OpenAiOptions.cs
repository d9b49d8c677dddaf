using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>Settings of the writer <c>openai</c>. Section <c>Report:OpenAi</c>.</summary>
public sealed class OpenAiOptions
{
    public const string Section = "Report:OpenAi";

    /// <summary>
    /// Address of the API with its version: <c>http://vllm:8000/v1</c>. Default empty: this replica does not have the writer.
    /// </summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Name of the model on that server. No default.</summary>
    public string Model { get; set; } = "";

    /// <summary>The API key, a secret. No default; give any text where the server asks for no key.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>Sampling temperature, 0 to 2. Default 0.7.</summary>
    [Range(0.0, 2.0)]
    public double Temperature { get; set; } = 0.7;

    /// <summary>Limit of tokens for one section, 1 to 8192. Default 400.</summary>
    [Range(1, 8192)]
    public int MaxTokens { get; set; } = 400;

    /// <summary>Sections that this replica asks the server for at the same time, 1 to 1024. Default 8.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; set; } = 8;

    /// <summary>
    /// How often a call is tried again when the server answers 408, 429 or 5xx before the first token, 0 to 5. Default 2.
    /// </summary>
    [Range(0, 5)]
    public int Retries { get; set; } = 2;

    /// <summary>How long the server may send nothing, before the first token or between two, 1 s to 30 min. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan Silence { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class OpenAiOptionsValidator : IValidateOptions<OpenAiOptions>;

/// <summary>Refuses settings that are there in part: the writer is set up as a whole or not at all.</summary>
internal sealed class OpenAiOptionsRules(IConfiguration configuration) : IValidateOptions<OpenAiOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenAiOptions options)
    {
        var isDefault = configuration[$"{ReportOptions.Section}:{nameof(ReportOptions.Writer)}"] == ReportWriterNames.OpenAi;
        if (options.Endpoint.Length == 0 && !isDefault)
        {
            return options.Model.Length + options.ApiKey.Length == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(
                    "Report:OpenAi:Endpoint is empty although Report:OpenAi:Model or ApiKey is given. Give an endpoint, or none of the "
                        + "three.");
        }

        var problems = new List<string>();
        if (!Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            problems.Add($"Report:OpenAi:Endpoint is '{options.Endpoint}'; it must be an address of the form http://host:port/v1.");
        if (options.Model.Length == 0)
            problems.Add("Report:OpenAi:Model is empty; it must name a model of the endpoint.");
        if (options.ApiKey.Length == 0)
            problems.Add("Report:OpenAi:ApiKey is empty; give any text where the server asks for no key.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
