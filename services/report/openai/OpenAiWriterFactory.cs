using Microsoft.Extensions.Options;
using SynCxr.Mesh.Chat.OpenAi;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report.OpenAi;

/// <summary>Makes the writer <c>openai</c>.</summary>
internal static class OpenAiWriterFactory
{
    /// <summary>The writer that the settings describe; null where they give no endpoint.</summary>
    public static IReportWriter? Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<OpenAiWriterOptions>>().Value;
        if (options.Endpoint.Length == 0)
            return null;
        var clock = services.GetRequiredService<TimeProvider>();
        var metrics = services.GetRequiredService<ReportMetrics>();
        return new ChatWriter(ReportWriterNames.OpenAi,
            options.CreateModel(metrics.RecordModelRefusal, clock, services.GetService<TenantWeights>(),
                services.GetRequiredService<ILogger<OpenAiModel>>()));
    }
}
