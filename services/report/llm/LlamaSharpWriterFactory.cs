using Microsoft.Extensions.AI;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>Makes the writer <c>llamasharp</c>: a <see cref="ChatWriter"/> over a model in this process, one section at a time.</summary>
internal static class LlamaSharpWriterFactory
{
    /// <summary>The writer that the settings describe; null where they name no model.</summary>
    public static IReportWriter? Create(LlamaSharpOptions options) => options.ModelPath.Length == 0 ? null : new ChatWriter(
        ReportWriterNames.LlamaSharp,
        Path.GetFileNameWithoutExtension(options.ModelPath),
        LlamaChatClient.Open(options.ModelPath, (uint)options.ContextSize, options.GpuLayers, options.Threads),
        new ChatOptions { Temperature = (float)options.Temperature, MaxOutputTokens = options.MaxTokens },
        concurrency: 1,
        translate: _ => null);
}
