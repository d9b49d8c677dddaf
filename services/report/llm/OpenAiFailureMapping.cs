using System.ClientModel;
using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// What a call to an OpenAI-compatible endpoint failed with, as the refusal that the caller gets. Its reason says whether the fault passes
/// by itself (QUEUE_FULL, PEER_UNREACHABLE), is about this one text (CONTENT_REFUSED, CONTEXT_EXCEEDED), or needs a person
/// (MODEL_NOT_LOADED: the key, the model's name, the settings).
/// </summary>
internal static class OpenAiFailureMapping
{
    /// <summary>Marks of a content policy: OpenAI, Azure OpenAI.</summary>
    private static readonly string[] _policyMarks =
        ["content_filter", "content_policy", "ResponsibleAIPolicyViolation", "content policy", "content management policy"];

    /// <summary>Marks of a conversation that is too long: OpenAI, llama.cpp, vLLM, TGI.</summary>
    private static readonly string[] _contextMarks =
        ["context_length_exceeded", "exceed_context_size", "context length", "context size", "context window", "max_new_tokens"];

    /// <summary>Null for an exception that says nothing about the endpoint. A caller's own cancellation does not come here.</summary>
    public static MeshException? ToMeshException(Exception failure, OpenAiOptions options) => failure switch
    {
        // The package wraps the failures of several tries.
        AggregateException { InnerExceptions: [.., var last] } => ToMeshException(last, options),
        ClientResultException { Status: 429 or 503 } busy =>
            new MeshException(ErrorReasons.QueueFull, $"The language model at {options.Endpoint} is busy: {ExcerptOf(busy)}",
                retryAfter: RetryAfter(busy)),
        ClientResultException { Status: 408 or 409 or 425 } late => Unreachable(
            $"The language model at {options.Endpoint} asks to try again later, with status {late.Status}: {ExcerptOf(late)}"),
        ClientResultException { Status: 400 or 413 or 422 } refused when FindTextFault(refused) is { } fault => new MeshException(
            fault, $"The language model at {options.Endpoint} refuses this conversation with status {refused.Status}: "
                + ExcerptOf(refused)),
        ClientResultException { Status: >= 400 and < 500 } refused => new MeshException(
            ErrorReasons.ModelNotLoaded,
            $"{options.Endpoint} refuses the request for model '{options.Model}' with status {refused.Status}; check the settings "
                + $"Report:OpenAi. It says: {ExcerptOf(refused)}"),
        ClientResultException or HttpRequestException or IOException =>
            Unreachable($"The call to the language model at {options.Endpoint} failed: {ExcerptOf(failure)}"),
        OperationCanceledException or TimeoutException =>
            Unreachable($"The language model at {options.Endpoint} sent nothing for {options.Silence}."),
        JsonException or FormatException or KeyNotFoundException or ArgumentOutOfRangeException or InvalidOperationException =>
            Unreachable($"The answer of the language model at {options.Endpoint} can't be read: {ExcerptOf(failure)}"),
        _ => null,
    };

    /// <summary>The reason of a refusal that is about the text alone; servers differ in its code, so the words count too.</summary>
    private static ErrorReason? FindTextFault(ClientResultException refused)
    {
        var said = refused.Message + " " + ContentOf(refused);
        if (_policyMarks.Any(mark => said.Contains(mark, StringComparison.OrdinalIgnoreCase)))
            return ErrorReasons.ContentRefused;
        return refused.Status == 413 || _contextMarks.Any(mark => said.Contains(mark, StringComparison.OrdinalIgnoreCase))
            ? ErrorReasons.ContextExceeded : null;
    }

    /// <summary>What the server sent, as far as it was read: the package's message leaves out what is not of OpenAI's form.</summary>
    private static string ContentOf(ClientResultException refused)
    {
        try
        {
            return refused.GetRawResponse()?.Content.ToString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return ""; // it was not read
        }
    }

    private static MeshException Unreachable(string message) => new(ErrorReasons.PeerUnreachable, message);

    private static TimeSpan RetryAfter(ClientResultException busy) =>
        busy.GetRawResponse()?.Headers.TryGetValue("retry-after", out var text) == true && int.TryParse(text, out var seconds)
            && seconds is >= 0 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.FromSeconds(1);

    private static string ExcerptOf(Exception failure)
    {
        var line = failure.Message.ReplaceLineEndings(" ").Trim();
        return line.Length <= 300 ? line : line[..300] + "…";
    }
}
