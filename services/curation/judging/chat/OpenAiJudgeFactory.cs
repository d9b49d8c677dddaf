using Microsoft.Extensions.Options;
using SynCxr.Mesh.Chat.OpenAi;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>Makes the judge <c>openai</c>.</summary>
internal static class OpenAiJudgeFactory
{
    /// <summary>The judge that the settings describe; null where they give no endpoint.</summary>
    public static ChatJudge? Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<OpenAiJudgeOptions>>().Value;
        if (options.Endpoint.Length == 0)
            return null;
        var clock = services.GetRequiredService<TimeProvider>();
        var metrics = services.GetRequiredService<CurationMetrics>();
        return new ChatJudge(ChatJudgeNames.OpenAi,
            options.CreateModel(metrics.RecordModelRefusal, clock, services.GetService<TenantWeights>(),
                services.GetRequiredService<ILogger<OpenAiModel>>()),
            options.OneRequest);
    }
}
