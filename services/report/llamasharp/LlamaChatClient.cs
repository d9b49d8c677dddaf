using LLama;
using LLama.Abstractions;
using LLama.Common;
using LLama.Transformers;
using Microsoft.Extensions.AI;

namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>A chat client of a GGUF model in this process. It serves one conversation at a time: its executor keeps one context.</summary>
public sealed class LlamaChatClient : DelegatingChatClient
{
    private readonly LLamaWeights _weights;

    private LlamaChatClient(LLamaWeights weights, IChatClient inner)
        : base(inner) => _weights = weights;

    /// <summary>Loads the weights of a model.</summary>
    /// <param name="modelPath">A GGUF file that holds its chat template.</param>
    /// <param name="contextSize">Tokens of prompt and answer together.</param>
    /// <param name="gpuLayers">Number of layers that are kept on the GPU; 0 for none.</param>
    /// <param name="threads">Threads of the computation.</param>
    public static LlamaChatClient Open(string modelPath, uint contextSize, int gpuLayers, int threads)
    {
        var parameters = new ModelParams(modelPath)
        {
            ContextSize = contextSize,
            GpuLayerCount = gpuLayers,
            Threads = threads,
            BatchThreads = threads,
        };
        var weights = LLamaWeights.LoadFromFile(parameters);
        return new LlamaChatClient(weights,
            new StatelessExecutor(weights, parameters).AsChatClient(new PromptTemplateTransformer(weights)));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _weights.Dispose();
    }
}
