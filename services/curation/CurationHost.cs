using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.Canaries;
using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Curation.Encoders.Banks;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.Judging.LlamaSharp;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation;

/// <summary>Puts the curation service into a process: its own, or the standalone one.</summary>
public static class CurationHost
{
    /// <summary>Key of the pool that images are decoded on.</summary>
    internal const string DecodePool = "decode";

    /// <summary>Key of the pool that near-duplicates are searched on.</summary>
    internal const string SearchPool = "search";

    /// <summary>Key of the queues of images before the chat models.</summary>
    internal const string ChatQueues = "chat";

    /// <summary>Registers options, judge, curator, object store and metrics; <c>ready</c> waits for the judge.</summary>
    public static void AddCuration(this IHostApplicationBuilder builder)
    {
        builder.AddObjectStore();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<CurationOptions>().BindConfiguration(CurationOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CurationOptions>, CurationOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<CurationOptions>, CurationOptionsRules>();
        builder.Services.AddOptions<OpenAiJudgeOptions>().BindConfiguration(OpenAiJudgeOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<OpenAiJudgeOptions>, OpenAiJudgeOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<OpenAiJudgeOptions>, OpenAiJudgeOptionsRules>();
        builder.Services.AddOptions<LlamaJudgeOptions>().BindConfiguration(LlamaJudgeOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<LlamaJudgeOptions>, LlamaJudgeOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<LlamaJudgeOptions>, LlamaJudgeOptionsRules>();
        builder.Services.AddSingleton<ChatJudgeRegistry>();
        builder.Services.AddHostedService(s => s.GetRequiredService<ChatJudgeRegistry>());
        builder.Services.AddSingleton<CurationModelLoader>();
        builder.Services.AddHostedService(s => s.GetRequiredService<CurationModelLoader>());
        builder.Services.AddKeyedSingleton(DecodePool, (p, _) => CreatePool(p, "image", o => o.MaxDecodes));
        builder.Services.AddKeyedSingleton(SearchPool, (p, _) => CreatePool(p, "duplicate search", o => o.Threads));
        builder.Services.AddKeyedSingleton(ChatQueues, (services, _) =>
        {
            var limits = services.GetRequiredService<IOptions<CurationOptions>>().Value;
            return new ModelQueues("image", limits.QueueLimit, services.GetRequiredService<ConcurrencyLimiterMetrics>(),
                services.GetRequiredService<TimeProvider>(), services.GetRequiredService<TenantWeights>());
        });
        builder.Services.AddSingleton<ImageSourceReader>();
        builder.Services.AddSingleton<ModelFolderFinder>();
        builder.Services.AddSingleton<ImageEncoderCatalogue>();
        builder.Services.AddSingleton<AlignmentModelCatalogue>();
        builder.Services.AddSingleton<AlignmentExamplesReader>();
        builder.Services.AddSingleton<AlignmentChecker>();
        builder.Services.AddSingleton<ImageBankCatalogue>();
        builder.Services.AddSingleton<FeatureChoiceResolver>();
        builder.Services.AddSingleton<ImageFeatureReader>();
        builder.Services.AddSingleton<CurationModelLister>();
        builder.Services.AddSingleton<CurationMetrics>();
        builder.Services.AddSingleton<Curator>();
        builder.Services.AddOptions<CanaryFolderOptions>().BindConfiguration(CanaryFolderOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CanaryFolderOptions>, CanaryFolderOptionsValidator>();
        builder.Services.AddSingleton<CanaryKeeper>();
        builder.Services.AddHostedService(s => s.GetRequiredService<CanaryKeeper>());
        builder.Services.AddHealthChecks().AddCheck<CanaryKeeper>("curation-canaries", tags: ["ready"]);
        builder.Services.AddHealthChecks().AddCheck<CurationModelLoader>("curation-models", tags: ["ready"]);
    }

    private static ProcessorWorkPool CreatePool(IServiceProvider services, string name, Func<CurationOptions, int> threads)
    {
        var options = services.GetRequiredService<IOptions<CurationOptions>>().Value;
        return new ProcessorWorkPool(name, threads(options), options.QueueLimit, options.WorkLimit,
            $"{CurationOptions.Section}:{nameof(CurationOptions.WorkLimit)}", services.GetRequiredService<ConcurrencyLimiterMetrics>(),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<TenantWeights>());
    }

    /// <summary>Maps the gRPC service, which answers JSON and gRPC-Web too.</summary>
    public static void MapCuration(this WebApplication app) => app.MapGrpcService<CurationService>();
}
