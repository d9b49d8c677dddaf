using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>Settings of a model behind an OpenAI-compatible server. Each service that asks one has a section of its own.</summary>
public abstract class OpenAiOptions
{
    /// <summary>The section, as messages name it: <c>Report:OpenAi</c>.</summary>
    public abstract string Place { get; }

    /// <summary>
    /// Address of the API with its version: <c>http://vllm:8000/v1</c>. Default empty: this replica does not have the model.
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

    /// <summary>Sampling temperature, 0 to 2. Default: 0.7 of a writer, 0 of a judge.</summary>
    [Range(0.0, 2.0)]
    public double Temperature { get; set; }

    /// <summary>Limit of tokens for one answer, 1 to 8192. Default: 400 of a writer, 128 of a judge.</summary>
    [Range(1, 8192)]
    public int MaxTokens { get; set; }

    /// <summary>Answers that this replica asks the server for at the same time, 1 to 1024. Default 8.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; set; } = 8;

    /// <summary>
    /// How often a call is sent again that the server failed with a 5xx which is no 502, 503 or 504, or with an answer that can't be read,
    /// 0 to 20. Then the fault is the data set's. Default 2.
    /// </summary>
    [Range(0, 20)]
    public int Retries { get; set; } = 2;

    /// <summary>
    /// How long an answer waits, in all, for a server that is busy or away, before its caller is told to come again, 0 to 1 h. It counts
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

    /// <summary>
    /// True to have the server hold each answer to a JSON schema, if it really does: that is tried once, and the log says what came out.
    /// Default false.
    /// </summary>
    public bool JsonSchema { get; set; }

    /// <summary>The model that the settings describe.</summary>
    /// <param name="onRefusal">Gets the kind of each refusal that is waited out, for a metric.</param>
    public IChatModel CreateModel(Action<string> onRefusal, TimeProvider clock, TenantWeights? weights, ILogger<OpenAiModel> logger)
    {
        var model = new OpenAiModel(this, new AdaptiveConcurrencyLimiter(Concurrency, clock, weights), onRefusal, clock, logger);
        return JsonSchema ? new JsonSchemaModel(model, logger) : model;
    }

    /// <summary>What is wrong with settings that are there in part: the model is set up as a whole or not at all.</summary>
    /// <param name="isNeeded">True where the model is the default, so that it must be set up.</param>
    public IReadOnlyList<string> FindProblems(bool isNeeded)
    {
        if (Endpoint.Length == 0 && !isNeeded)
        {
            return Model.Length + ApiKey.Length + ApiKeyFile.Length == 0 ? [] :
                [$"{Place}:Endpoint is empty although {Place}:Model, ApiKey or ApiKeyFile is given. Give an endpoint, or none of them."];
        }

        var problems = new List<string>();
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            problems.Add($"{Place}:Endpoint is '{Endpoint}'; it must be an address of the form http://host:port/v1.");
        if (Model.Length == 0)
            problems.Add($"{Place}:Model is empty; it must name a model of the endpoint.");
        if (ApiKey.Length > 0 && ApiKeyFile.Length > 0)
            problems.Add($"{Place}:ApiKey and {Place}:ApiKeyFile are both given. Give one of them.");
        if (ApiKeyFile.Length > 0 && !File.Exists(ApiKeyFile))
            problems.Add($"{Place}:ApiKeyFile is '{ApiKeyFile}'; there is no such file.");
        return problems;
    }
}
