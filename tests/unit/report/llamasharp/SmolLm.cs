using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;
using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Chat.Llama;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Testkit.Goldens;

namespace SynCxr.Mesh.Report.Tests.LlamaSharp;

/// <summary>The real small model of the shared data, and an engine over it, as the product sets them up.</summary>
internal sealed class SmolLm : IAsyncDisposable
{
    public const string Folder = "smollm2-135m";
    public const string File = "SmolLM2-135M-Instruct.Q4_1.gguf";

    private SmolLm(LlamaSharpOptions options)
    {
        Options = options;
        var parameters = LlamaSharpModel.ToParameters(options);
        Weights = LLamaWeights.LoadFromFile(parameters);
        Tokenizer = new LlamaPromptTokenizer(Weights.NativeHandle);
        Engine = new LlamaEngine(Weights, parameters, options, NullLogger.Instance);
    }

    public LlamaSharpOptions Options { get; }

    public LLamaWeights Weights { get; }

    public LlamaPromptTokenizer Tokenizer { get; }

    public LlamaEngine Engine { get; }

    public static SmolLm Load(GoldenFolder folder, int concurrency = 1, int contextSize = 2048, int maxTokens = 64)
    {
        LlamaNativeLog.SendTo(NullLogger.Instance);
        return new SmolLm(new LlamaSharpOptions
        {
            ModelPath = folder.Resolve(File),
            ContextSize = contextSize,
            Concurrency = concurrency,
            Threads = 1,
            Temperature = 0,
            MaxTokens = maxTokens,
        });
    }

    /// <summary>Writes an answer to a prompt whose tokens are chosen by <paramref name="sampler"/>.</summary>
    public async Task<(string Text, AnswerFault? Fault)> WriteAsync(
        int[] prompt, LLama.Sampling.ISamplingPipeline sampler, CancellationToken cancellation)
    {
        var answer = new LlamaAnswer([.. prompt.Select(t => (LLamaToken)t)], sampler,
            new StreamingTokenDecoder(Encoding.UTF8, Weights) { DecodeSpecialTokens = true }, cancellation);
        Engine.Add(answer);
        var text = new StringBuilder();
        AnswerFault? fault = null;
        await foreach (var piece in answer.Pieces.ReadAllAsync(cancellation))
        {
            text.Append(piece.Text);
            fault = piece.Fault ?? fault;
        }

        return (text.ToString(), fault);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Weights.Dispose();
    }
}
