using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>
/// Reads what an error of an OpenAI-compatible server means, by rules on its status and words; servers differ in all else.
/// </summary>
internal static class OpenAiFaultReader
{
    private static readonly TimeSpan _longestWait = TimeSpan.FromHours(1);

    /// <summary>Marks of a content policy: OpenAI, Azure OpenAI, litellm.</summary>
    private static readonly string[] _policyMarks =
    [
        "content_filter", "content_policy", "ContentPolicyViolation", "ResponsibleAIPolicyViolation", "content policy",
        "content management policy",
    ];

    /// <summary>Marks of a conversation that is too long: OpenAI, llama.cpp, llama-cpp-python, litellm, vLLM, TGI.</summary>
    private static readonly string[] _contextMarks =
    [
        "context_length_exceeded", "exceed_context_size", "ContextWindowExceeded", "context length", "context size", "context window",
        "max_new_tokens", "maximum model length", "prompt is too long",
    ];

    /// <summary>The fault of an answer whose status is no success.</summary>
    public static OpenAiFault FromStatus(HttpResponseMessage reply, string body)
    {
        var status = (int)reply.StatusCode;
        var said = $"status {status}: {MessageOf(body)}";
        return status switch
        {
            408 or 409 or 425 or 429 or 502 or 503 or 504 => new OpenAiFault(OpenAiFaultKind.Transient, said)
            {
                IsBusy = status is 429 or 503,
                RetryAfter = ReadRetryAfter(reply),
            },
            >= 500 => new OpenAiFault(OpenAiFaultKind.Retry, said),
            400 or 413 or 422 when FindAttemptFault(body) is { } fault => Attempt(fault, said),
            413 => Attempt(AnswerFaultNames.Context, said),
            _ => new OpenAiFault(OpenAiFaultKind.Set, said),
        };
    }

    /// <summary>The fault of an error that stands inside an answer whose status was a success.</summary>
    public static OpenAiFault FromError(JsonElement error)
    {
        var body = error.GetRawText();
        var said = $"an error inside its answer: {MessageOf(body)}";
        return FindAttemptFault(body) is { } fault ? Attempt(fault, said) : new OpenAiFault(OpenAiFaultKind.Transient, said);
    }

    /// <summary>
    /// The wait that the headers ask for: <c>retry-after-ms</c>, <c>Retry-After</c> in seconds or as a date, and litellm's form of it.
    /// </summary>
    private static TimeSpan? ReadRetryAfter(HttpResponseMessage reply)
    {
        if (Find("retry-after-ms") is { } ms && double.TryParse(ms, CultureInfo.InvariantCulture, out var milliseconds))
            return Bound(milliseconds / 1000);
        foreach (var text in new[] { Find("retry-after"), Find("llm_provider-retry-after") })
        {
            if (double.TryParse(text, CultureInfo.InvariantCulture, out var seconds))
                return Bound(seconds);
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until))
                return Bound((until - (reply.Headers.Date ?? TimeProvider.System.GetUtcNow())).TotalSeconds);
        }

        return null;

        string? Find(string name) => reply.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
    }

    private static TimeSpan? Bound(double seconds) =>
        double.IsNaN(seconds) ? null : TimeSpan.FromSeconds(Math.Clamp(seconds, 0, _longestWait.TotalSeconds));

    private static OpenAiFault Attempt(string fault, string said) => new(OpenAiFaultKind.Attempt, said) { AnswerFault = fault };

    private static string? FindAttemptFault(string body)
    {
        if (_policyMarks.Any(mark => body.Contains(mark, StringComparison.OrdinalIgnoreCase)))
            return AnswerFaultNames.ContentPolicy;
        return _contextMarks.Any(mark => body.Contains(mark, StringComparison.OrdinalIgnoreCase)) ? AnswerFaultNames.Context : null;
    }

    /// <summary>The message of an error body, whatever its form; the body where it has none.</summary>
    private static string MessageOf(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var error = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var inner)
                ? inner : json.RootElement;
            if (error.ValueKind == JsonValueKind.Object && (error.TryGetProperty("message", out var message)
                || error.TryGetProperty("detail", out message)) && message.ValueKind == JsonValueKind.String)
                return EchoedText.Shorten(message.GetString()!);
        }
        catch (JsonException)
        {
            // no JSON: it is shown as it is
        }

        return body.Length == 0 ? "nothing" : EchoedText.Shorten(body);
    }
}
