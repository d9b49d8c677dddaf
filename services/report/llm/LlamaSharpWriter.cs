using Microsoft.Extensions.AI;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>The writer <c>llamasharp</c>: <see cref="ChatWriter"/> over a model in this process, one section at a time.</summary>
internal static class LlamaSharpWriter
{
    /// <summary>The writer that the settings describe; null where they describe none.</summary>
    public static IReportModel? Open(LlamaSharpOptions options) => options.ModelPath.Length == 0 ? null : new ChatWriter(
        ReportModels.LlamaSharp,
        Path.GetFileNameWithoutExtension(options.ModelPath),
        LlamaChat.Open(options.ModelPath, (uint)options.ContextSize, options.GpuLayers, options.Threads),
        new ChatOptions { Temperature = (float)options.Temperature, MaxOutputTokens = options.MaxTokens },
        concurrency: 1,
        refusal: _ => null);
}
