using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>The writer <c>openai</c>: <see cref="ChatWriter"/> over chat completions, and what that protocol's failures mean.</summary>
internal static class OpenAiWriterFactory
{
    /// <summary>The writer that the settings describe; null where they describe none.</summary>
    public static IReportWriter? Create(OpenAiOptions options) => options.Endpoint.Length == 0 ? null : new ChatWriter(
        ReportWriterNames.OpenAi, options.Model, CreateClient(options), SamplingOptions(options), options.Concurrency,
        failure => ToMeshException(failure, options));

    /// <summary>The client alone.</summary>
    public static IChatClient CreateClient(OpenAiOptions options) =>
        new CompleteAnswerClient(new OpenAIClient(new ApiKeyCredential(options.ApiKey), new OpenAIClientOptions
        {
            Endpoint = new Uri(options.Endpoint),
            NetworkTimeout = options.Silence,
            RetryPolicy = new ClientRetryPolicy(options.Retries),
        }).GetChatClient(options.Model).AsIChatClient());

    /// <summary>
    /// What every call carries. The limit goes out as <c>max_tokens</c>, the one spelling that vLLM, llama.cpp and TGI all know.
    /// </summary>
    public static ChatOptions SamplingOptions(OpenAiOptions options) => new()
    {
        Temperature = (float)options.Temperature,
        RawRepresentationFactory = _ =>
        {
            var raw = new ChatCompletionOptions();
#pragma warning disable SCME0001 // The patch is marked as experimental; the field has no typed place any more.
            raw.Patch.Set("$.max_tokens"u8, options.MaxTokens);
#pragma warning restore SCME0001
            return raw;
        },
    };

    private static MeshException? ToMeshException(Exception failure, OpenAiOptions options) => failure switch
    {
        AggregateException { InnerExceptions: [.., var last] } => ToMeshException(last, options), // "failed after N tries"
        ClientResultException { Status: 429 or 503 } busy =>
            new MeshException(ErrorReasons.QueueFull, $"{options.Endpoint} is full: {ExcerptOf(busy)}", retryAfter: RetryAfter(busy)),
        ClientResultException { Status: >= 400 and < 500 } refused => new MeshException(
            ErrorReasons.ModelNotLoaded,
            $"{options.Endpoint} refuses ({refused.Status}) the settings Report:OpenAi (model '{options.Model}'): {ExcerptOf(refused)}"),
        ClientResultException or HttpRequestException or IOException =>
            new MeshException(ErrorReasons.PeerUnreachable, $"{options.Endpoint} does not answer as it should: {ExcerptOf(failure)}"),
        // The caller's own cancellation is no failure and never comes here.
        OperationCanceledException or TimeoutException =>
            new MeshException(ErrorReasons.PeerUnreachable, $"{options.Endpoint} kept silent for {options.Silence}"),
        JsonException or FormatException or KeyNotFoundException or ArgumentOutOfRangeException or InvalidOperationException =>
            new MeshException(ErrorReasons.PeerUnreachable, $"{options.Endpoint} answers what can't be read: {ExcerptOf(failure)}"),
        _ => null,
    };

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

    /// <summary>A connection that is closed between two events looks like an end; the finish reason tells them apart.</summary>
    private sealed class CompleteAnswerClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var isWhole = false;
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                isWhole |= update.FinishReason is not null;
                yield return update;
            }

            if (!isWhole)
                throw new EndOfStreamException("the answer broke off");
        }
    }
}
