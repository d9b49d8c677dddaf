using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>
/// A model behind OpenAI's chat completions. A call that the server turns away waits as the server asks and is sent again for as long as
/// <c>Patience</c>; fewer calls are sent at once while it refuses, more as it answers.
/// </summary>
/// <param name="onRefusal">Gets the kind of each refusal that is waited out, for a metric.</param>
public sealed class OpenAiModel(OpenAiOptions options, AdaptiveConcurrencyLimiter slots, Action<string> onRefusal, TimeProvider clock,
    ILogger<OpenAiModel> logger) : IChatModel
{
    private static readonly TimeSpan _firstWait = TimeSpan.FromMilliseconds(200), _longestWait = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, // the key is for the address that was set
        ConnectTimeout = options.Silence,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private readonly Uri _address = new(options.Endpoint.TrimEnd('/') + "/chat/completions");
    private string _lastOther = "";

    public string Name => options.Model;

    public string Settings { get; } = FormattableString.Invariant($"temperature {options.Temperature}\nmax_tokens {options.MaxTokens}");

    public int Concurrency => options.Concurrency;

    public bool TakesGrammar => false;

    public async IAsyncEnumerable<AnswerPiece> AnswerAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (start, failures, waits, hasText) = (clock.GetTimestamp(), 0, 0, false);
        while (true)
        {
            OpenAiFault? fault = null;
            var round = await slots.EnterAsync(RequestContext.Current.Tenant, deadline: null, cancellation);
            try
            {
                await using var pieces = SendAsync(request, cancellation).GetAsyncEnumerator(cancellation);
                while (true)
                {
                    (var more, fault) = await NextAsync(pieces, cancellation);
                    if (!more)
                        break;
                    hasText |= pieces.Current.Text.Length > 0;
                    yield return pieces.Current;
                }
            }
            finally
            {
                slots.Leave(round, fault is { IsBusy: true });
            }

            if (fault is null)
                yield break;
            if (fault.Kind == OpenAiFaultKind.Attempt)
            {
                yield return new AnswerPiece("") { Fault = new AnswerFault(fault.AnswerFault, $"was refused with {fault.Message}") };
                yield break;
            }

            var wait = WaitAfter(fault, request, fault.Kind == OpenAiFaultKind.Retry ? failures : waits);
            if (fault.Kind == OpenAiFaultKind.Set || (fault.Kind == OpenAiFaultKind.Retry && ++failures > options.Retries))
                throw OfTheSet(fault, failures);
            if (fault.Kind == OpenAiFaultKind.Transient)
            {
                waits++;
                if (clock.GetElapsedTime(start) + wait > options.Patience)
                    throw ComeAgain(fault, wait, waits);
            }

            onRefusal(fault.Kind.ToString());
            Log.ModelWaitsAgain(logger, options.Endpoint, wait, waits + failures, fault.Message);
            await Task.Delay(wait, clock, cancellation);
            if (hasText)
                yield return new AnswerPiece("") { Restarted = true };
            hasText = false;
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async IAsyncEnumerable<AnswerPiece> SendAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(options.Silence);
        using var message = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Content = new StringContent(BodyOf(request).ToJsonString(), Encoding.UTF8, "application/json"),
        };
        if (ReadKey() is { Length: > 0 } key)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var reply = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        silence.CancelAfter(options.Silence);
        await foreach (var piece in new OpenAiReplyReader(options.MaxTokens, silence, options.Silence).ReadAsync(reply, silence.Token))
        {
            if (piece.ServedModel.Length > 0 && piece.ServedModel != options.Model)
                NoteOtherModel(piece.ServedModel);
            yield return piece;
        }
    }

    /// <summary>The limit is sent as <c>max_tokens</c>, the one spelling that vLLM, llama.cpp and TGI all know.</summary>
    private JsonObject BodyOf(ChatRequest request)
    {
        var body = CreateBody(request);
        if (request.Schema is { } schema)
        {
            body["response_format"] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject { ["name"] = "answer", ["strict"] = true, ["schema"] = schema.DeepClone() },
            };
        }

        return body;
    }

    private JsonObject CreateBody(ChatRequest request) => new()
    {
        ["model"] = options.Model,
        ["messages"] = new JsonArray([.. request.Turns.Select(t => new JsonObject { ["role"] = t.Role, ["content"] = ContentOf(t) })]),
        ["stream"] = true,
        ["max_tokens"] = options.MaxTokens,
        ["temperature"] = options.Temperature,
        ["seed"] = request.Seed,
    };

    private static JsonNode ContentOf(ChatTurn turn) => turn.Png is not { } png ? JsonValue.Create(turn.Text) : new JsonArray(
        new JsonObject
        {
            ["type"] = "image_url",
            ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64," + Convert.ToBase64String(png.Span) },
        },
        new JsonObject { ["type"] = "text", ["text"] = turn.Text });

    private string ReadKey()
    {
        try
        {
            return options.ApiKeyFile.Length == 0 ? options.ApiKey : File.ReadAllText(options.ApiKeyFile).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // perhaps it is being replaced
            throw new OpenAiFault(OpenAiFaultKind.Retry, $"no call, since the file of {options.Place}:ApiKeyFile can't be read", error);
        }
    }

    private void NoteOtherModel(string served)
    {
        if (options.RequireModel)
        {
            throw new OpenAiFault(OpenAiFaultKind.Set,
                $"the model '{EchoedText.Shorten(served)}' answered, and {options.Place}:RequireModel wants '{options.Model}'");
        }

        if (Interlocked.Exchange(ref _lastOther, served) != served)
            Log.OtherModelAnswers(logger, options.Endpoint, options.Model, served, options.Place);
    }

    /// <summary>Steps to the next piece. A caller's own cancellation is not a fault of the endpoint.</summary>
    private async ValueTask<(bool More, OpenAiFault? Fault)> NextAsync(
        IAsyncEnumerator<AnswerPiece> pieces, CancellationToken cancellation)
    {
        try
        {
            return (await pieces.MoveNextAsync(), null);
        }
        catch (OpenAiFault fault)
        {
            return (false, fault);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, new OpenAiFault(OpenAiFaultKind.Transient, $"it sent nothing of an answer for {options.Silence}"));
        }
        catch (Exception error) when (error is IOException or HttpRequestException && !cancellation.IsCancellationRequested)
        {
            var said = $"the connection failed: {EchoedText.Shorten(error.Message)}";
            return (false, new OpenAiFault(OpenAiFaultKind.Transient, said, error));
        }
    }

    /// <summary>As long as the server asks; else twice as long after each refusal in a row, a quarter more or less by the seed.</summary>
    private static TimeSpan WaitAfter(OpenAiFault fault, ChatRequest request, int tries)
    {
        if (fault.RetryAfter is { } asked)
            return asked;
        var spread = 0.75 + (new SplitMix64((ulong)request.Seed ^ ((ulong)tries << 32)).Below(500) / 1000.0);
        return Math.Min(_longestWait.TotalSeconds, _firstWait.TotalSeconds * Math.Pow(2, Math.Min(tries, 10))) * spread
            * TimeSpan.FromSeconds(1);
    }

    private MeshException OfTheSet(OpenAiFault fault, int failures) => new(ErrorReasons.ModelNotLoaded,
        $"The language model '{options.Model}' at {options.Endpoint} " + (failures > 0
            ? $"failed {failures} times, the last time with {fault.Message}."
            : $"refuses the request: {fault.Message}. Check the settings {options.Place}."));

    private MeshException ComeAgain(OpenAiFault fault, TimeSpan wait, int tries) => new(
        fault.IsBusy ? ErrorReasons.QueueFull : ErrorReasons.PeerUnreachable,
        $"The language model at {options.Endpoint} gave no answer in {tries} tries; the last time: {fault.Message}.", retryAfter: wait);
}
