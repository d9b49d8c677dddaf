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
        var slots = new AdaptiveConcurrencyLimiter(options.Concurrency, clock, services.GetService<TenantWeights>());
        var metrics = services.GetRequiredService<CurationMetrics>();
        return new ChatJudge(ChatJudgeNames.OpenAi,
            new OpenAiModel(options, slots, metrics.RecordModelRefusal, clock, services.GetRequiredService<ILogger<OpenAiModel>>()),
            options.OneRequest);
    }
}
