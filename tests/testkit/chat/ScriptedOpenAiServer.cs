using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Testkit.Chat;

/// <summary>
/// A server in this process that speaks OpenAI's protocol: each call gets the next of its answers, then the last one again and again.
/// </summary>
public sealed class ScriptedOpenAiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<HttpContext, Task>[] _answers;
    private int _calls;
    private int _atOnce;

    private ScriptedOpenAiServer(WebApplication app, Func<HttpContext, Task>[] answers) => (_app, _answers) = (app, answers);

    /// <summary>The bodies of the requests, in order.</summary>
    public ConcurrentQueue<JsonNode> Bodies { get; } = new();

    public ConcurrentQueue<string> AuthorizationHeaders { get; } = new();

    /// <summary>The largest number of calls that were open at the same time.</summary>
    public int MaxConcurrentCalls { get; private set; }

    /// <summary>Completes when a caller disconnects before its answer is complete.</summary>
    public TaskCompletionSource Abandoned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Endpoint => _app.Urls.First() + "/v1";

    public static async Task<ScriptedOpenAiServer> StartAsync(params Func<HttpContext, Task>[] answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new ScriptedOpenAiServer(app, answers);
        app.MapPost("/v1/chat/completions", server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Streams a complete answer, a word at a time.</summary>
    public static Func<HttpContext, Task> StreamText(string text) => async http =>
    {
        http.Response.ContentType = "text/event-stream";
        foreach (var word in text.Split(' ').Select((w, i) => i == 0 ? w : " " + w))
            await WriteEventAsync(http, new JsonObject { ["content"] = word }, null);
        await WriteEventAsync(http, [], "stop");
        await http.Response.WriteAsync("data: [DONE]\n\n");
    };

    public static Func<HttpContext, Task> FailWith(int status, string message, string? retryAfter = null, string code = "",
        string? retryAfterMs = null) => http =>
    {
        http.Response.StatusCode = status;
        if (retryAfter is not null)
            http.Response.Headers.RetryAfter = retryAfter;
        if (retryAfterMs is not null)
            http.Response.Headers["retry-after-ms"] = retryAfterMs;
        return http.Response.WriteAsJsonAsync(new { error = new { message, type = "test", code } });
    };

    /// <summary>Streams what a function makes of the request.</summary>
    public static Func<HttpContext, Task> StreamTextOf(Func<JsonNode, string> answer) =>
        http => StreamText(answer((JsonNode)http.Items[nameof(Bodies)]!))(http);

    /// <summary>Sends any body with status 200.</summary>
    public static Func<HttpContext, Task> SendRaw(string body, string type = "text/event-stream") => http =>
    {
        http.Response.ContentType = type;
        return http.Response.WriteAsync(body);
    };

    /// <summary>Sends one word and then nothing until the caller disconnects.</summary>
    public static Func<HttpContext, Task> OneWordThenSilence { get; } = async http =>
    {
        http.Response.ContentType = "text/event-stream";
        await WriteEventAsync(http, new JsonObject { ["content"] = "The" }, null);
        await Task.Delay(Timeout.Infinite, http.RequestAborted);
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static async Task WriteEventAsync(
        HttpContext http, JsonObject delta, string? finish, CancellationToken cancellation = default)
    {
        var chunk = new JsonObject
        {
            ["id"] = "1",
            ["object"] = "chat.completion.chunk",
            ["created"] = 1,
            ["model"] = "test-model",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
        };
        await http.Response.WriteAsync($"data: {chunk.ToJsonString()}\n\n", cancellation);
        await http.Response.Body.FlushAsync(cancellation);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var body = (await JsonSerializer.DeserializeAsync<JsonNode>(http.Request.Body))!;
        http.Items[nameof(Bodies)] = body;
        Bodies.Enqueue(body);
        AuthorizationHeaders.Enqueue(http.Request.Headers.Authorization.ToString());
        var answer = _answers[Math.Min(Interlocked.Increment(ref _calls) - 1, _answers.Length - 1)];
        lock (_answers)
            MaxConcurrentCalls = Math.Max(MaxConcurrentCalls, ++_atOnce);
        try
        {
            await answer(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            Abandoned.TrySetResult();
        }
        finally
        {
            lock (_answers)
                _atOnce--;
        }
    }
}
