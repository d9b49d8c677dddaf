using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>Makes the writer <c>openai</c>: a <see cref="ChatWriter"/> over OpenAI's chat completions.</summary>
internal static class OpenAiWriterFactory
{
    /// <summary>The writer that the settings describe; null where they give no endpoint.</summary>
    public static IReportWriter? Create(OpenAiOptions options) => options.Endpoint.Length == 0 ? null : new ChatWriter(
        ReportWriterNames.OpenAi, options.Model, CreateClient(options), SamplingOptions(options), options.Concurrency,
        failure => OpenAiFailureMapping.ToMeshException(failure, options));

    /// <summary>The client of the endpoint.</summary>
    public static IChatClient CreateClient(OpenAiOptions options) =>
        new CompleteAnswerClient(new OpenAIClient(new ApiKeyCredential(options.ApiKey), new OpenAIClientOptions
        {
            Endpoint = new Uri(options.Endpoint),
            NetworkTimeout = options.Silence,
            RetryPolicy = new ClientRetryPolicy(options.Retries),
        }).GetChatClient(options.Model).AsIChatClient());

    /// <summary>
    /// The options of every call. The limit is sent as <c>max_tokens</c>, the one spelling that vLLM, llama.cpp and TGI all know.
    /// </summary>
    public static ChatOptions SamplingOptions(OpenAiOptions options) => new()
    {
        Temperature = (float)options.Temperature,
        RawRepresentationFactory = _ =>
        {
            var raw = new ChatCompletionOptions();
#pragma warning disable SCME0001 // The patch is experimental; the package has no typed property for this field any more.
            raw.Patch.Set("$.max_tokens"u8, options.MaxTokens);
#pragma warning restore SCME0001
            return raw;
        },
    };

    /// <summary>
    /// Fails an answer without a finish reason: a connection that is closed between two events looks like the end of the answer.
    /// </summary>
    private sealed class CompleteAnswerClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var isComplete = false;
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                isComplete |= update.FinishReason is not null;
                yield return update;
            }

            if (!isComplete)
                throw new EndOfStreamException("The connection was closed before the answer was complete.");
        }
    }
}
