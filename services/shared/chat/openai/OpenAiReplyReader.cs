using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>
/// Reads the answer to one chat completion, streamed or whole, from whichever server. Only the first choice counts. A stream must end with
/// a finish reason or <c>[DONE]</c>: a connection that closes between two events looks like the end.
/// </summary>
/// <param name="maxTokens">The limit that was sent; a server that goes past it is cut off.</param>
/// <param name="silence">Ends the call; put off by <paramref name="silenceLimit"/> with each event.</param>
internal sealed class OpenAiReplyReader(int maxTokens, CancellationTokenSource silence, TimeSpan silenceLimit)
{
    /// <summary>No token has more characters on average; some servers put several tokens into one event.</summary>
    private const int MaxCharactersOfToken = 16;

    private const int MaxBodyBytes = 8 * 1024 * 1024;
    private const string Streamed = "text/event-stream";
    private readonly ReasoningSplitter _splitter = new();
    private string? _finish;
    private bool _calledTool;
    private string _refusal = "";
    private int _pieces;
    private int _characters;
    private bool _hasText;

    /// <summary>Reads the pieces; the last one says why the answer can't be used, if it can't.</summary>
    /// <exception cref="OpenAiFault">No whole answer came.</exception>
    public async IAsyncEnumerable<AnswerPiece> ReadAsync(
        HttpResponseMessage reply, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!reply.IsSuccessStatusCode)
            throw OpenAiFaultReader.FromStatus(reply, await ReadBodyAsync(reply, cancellation));
        var answers = reply.Content.Headers.ContentType?.MediaType == Streamed ? ReadEventsAsync(reply, cancellation)
            : ReadWholeAsync(reply, cancellation);
        await foreach (var answer in answers)
        {
            foreach (var piece in ReadAnswer(answer))
            {
                _hasText |= !string.IsNullOrWhiteSpace(piece.Text);
                yield return piece;
            }

            if (_pieces > maxTokens + MaxCharactersOfToken || _characters > (maxTokens + MaxCharactersOfToken) * MaxCharactersOfToken)
            {
                yield return Ended(AnswerFaultNames.Length,
                    $"was cut off past the limit of {maxTokens} tokens, which the server does not keep to");
                yield break;
            }
        }

        var rest = _splitter.Complete();
        _hasText |= !string.IsNullOrWhiteSpace(rest.Text);
        yield return rest;
        if (FindFault() is { } fault)
            yield return new AnswerPiece("") { Fault = fault };
    }

    private static AnswerPiece Ended(string name, string problem) => new("") { Fault = new AnswerFault(name, problem) };

    private AnswerFault? FindFault() => _finish switch
    {
        "tool_calls" or "function_call" => new AnswerFault(AnswerFaultNames.ToolCalls, "is the call of a tool"),
        "content_filter" => new AnswerFault(AnswerFaultNames.ContentFilter, "was cut by the provider's content filter"),
        "length" or "max_tokens" => new AnswerFault(AnswerFaultNames.Length, $"was cut at a limit: {maxTokens} tokens, or the context"),
        _ when _refusal.Length > 0 => new AnswerFault(AnswerFaultNames.ContentPolicy, "is a refusal"),
        _ when _calledTool && !_hasText => new AnswerFault(AnswerFaultNames.ToolCalls, "is the call of a tool"),
        _ when !_hasText => new AnswerFault(AnswerFaultNames.Empty, "is empty"),
        _ => null,
    };

    private IEnumerable<AnswerPiece> ReadAnswer(JsonElement answer)
    {
        if (answer.TryGetProperty("error", out var error) && error.ValueKind is not JsonValueKind.Null)
            throw OpenAiFaultReader.FromError(error);
        if (TextOf(answer, "model") is { Length: > 0 } model)
            yield return new AnswerPiece("") { ServedModel = model };
        if (!answer.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
            throw Unreadable("no choices");
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.TryGetProperty("index", out var index) && index.TryGetInt32(out var number) && number != 0)
                continue;
            if (TextOf(choice, "finish_reason") is { Length: > 0 } finish)
                _finish = finish;
            if (!choice.TryGetProperty("delta", out var delta) && !choice.TryGetProperty("message", out delta))
                continue;
            if (delta.ValueKind != JsonValueKind.Object)
                throw Unreadable("a choice whose message is no object");
            _calledTool |= delta.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array
                && calls.GetArrayLength() > 0;
            _refusal += TextOf(delta, "refusal");
            var thoughts = TextOf(delta, "reasoning_content") + TextOf(delta, "reasoning");
            if (thoughts.Length > 0)
            {
                Count(thoughts);
                yield return new AnswerPiece("") { Reasoning = thoughts };
            }

            var content = TextOf(delta, "content");
            if (content.Length == 0)
                continue;
            Count(content);
            foreach (var piece in _splitter.Add(content))
                yield return piece;
        }
    }

    private void Count(string text)
    {
        _pieces++;
        _characters += text.Length;
    }

    /// <summary>A text property; the texts joined where it is a list of parts; empty where it is none.</summary>
    private static string TextOf(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var value))
            return "";
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Concat(value.EnumerateArray().Where(p => p.ValueKind == JsonValueKind.Object)
                .Select(p => TextOf(p, "text"))),
            _ => "",
        };
    }

    private async IAsyncEnumerable<JsonElement> ReadEventsAsync(
        HttpResponseMessage reply, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (any, done) = (false, false);
        await using var body = await reply.Content.ReadAsStreamAsync(cancellation);
        var events = SseParser.Create(body, (_, data) => Encoding.UTF8.GetString(data)).EnumerateAsync(cancellation)
            .GetAsyncEnumerator(cancellation);
        await using var closing = events;
        while (await MoveNextAsync(events))
        {
            silence.CancelAfter(silenceLimit);
            var data = events.Current.Data;
            done = data.Trim() == "[DONE]";
            if (done)
                break;
            any = true;
            yield return Parse(data);
        }

        if (any && !done && _finish is null)
            throw new OpenAiFault(OpenAiFaultKind.Transient, "the connection was closed before the answer was complete");
    }

    /// <summary>A connection that breaks after the finish reason has taken nothing.</summary>
    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception error) when (error is IOException or HttpRequestException && _finish is not null)
        {
            return false;
        }
    }

    private static async IAsyncEnumerable<JsonElement> ReadWholeAsync(
        HttpResponseMessage reply, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return Parse(await ReadBodyAsync(reply, cancellation));
    }

    private static async Task<string> ReadBodyAsync(HttpResponseMessage reply, CancellationToken cancellation)
    {
        await using var body = await reply.Content.ReadAsStreamAsync(cancellation);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await body.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MaxBodyBytes)
                throw Unreadable($"a body of more than {MaxBodyBytes} bytes");
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static JsonElement Parse(string data)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : throw Unreadable(data);
        }
        catch (JsonException)
        {
            throw Unreadable(data);
        }
    }

    private static OpenAiFault Unreadable(string what) =>
        new(OpenAiFaultKind.Retry, $"its answer can't be read: {EchoedText.Shorten(what)}");
}
