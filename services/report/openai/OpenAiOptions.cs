using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.OpenAi;

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

    /// <summary>The API key, a secret. No default; where a server asks for none, leave it empty.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>
    /// A file that holds the API key alone, read again for every call, so that a key can be replaced while the service runs. Default empty:
    /// <see cref="ApiKey"/> counts. Give one of the two.
    /// </summary>
    public string ApiKeyFile { get; set; } = "";

    /// <summary>
    /// True to refuse the answers of any model but <see cref="Model"/>. Default false: some servers name a file where a name was asked for,
    /// so a difference is written to the log.
    /// </summary>
    public bool RequireModel { get; set; }

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
    /// How often a call is sent again that the server failed with a 5xx which is no 502, 503 or 504, or with an answer that can't be read,
    /// 0 to 20. Then the fault is the data set's. Default 2.
    /// </summary>
    [Range(0, 20)]
    public int Retries { get; set; } = 2;

    /// <summary>
    /// How long a section waits, in all, for a server that is busy or away, before its caller is told to come again, 0 to 1 h. It counts
    /// against the caller's deadline. Default 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long the server may send nothing of an answer, before its first event or between two, 1 s to 30 min. The pings that keep a
    /// connection open are no events. Default 1 min.
    /// </summary>
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
            return options.Model.Length + options.ApiKey.Length + options.ApiKeyFile.Length == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(
                    "Report:OpenAi:Endpoint is empty although Report:OpenAi:Model, ApiKey or ApiKeyFile is given. Give an endpoint, or "
                        + "none of them.");
        }

        var problems = new List<string>();
        if (!Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            problems.Add($"Report:OpenAi:Endpoint is '{options.Endpoint}'; it must be an address of the form http://host:port/v1.");
        if (options.Model.Length == 0)
            problems.Add("Report:OpenAi:Model is empty; it must name a model of the endpoint.");
        if (options.ApiKey.Length > 0 && options.ApiKeyFile.Length > 0)
            problems.Add("Report:OpenAi:ApiKey and Report:OpenAi:ApiKeyFile are both given. Give one of them.");
        if (options.ApiKeyFile.Length > 0 && !File.Exists(options.ApiKeyFile))
            problems.Add($"Report:OpenAi:ApiKeyFile is '{options.ApiKeyFile}'; there is no such file.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
