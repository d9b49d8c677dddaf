using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Report.Ner;
using SynCxr.Mesh.Report.OpenAi;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report;

/// <summary>Puts the report service into a process: its own, or the standalone one.</summary>
public static class ReportHost
{
    /// <summary>Registers options, writers, the queue of requests and the metrics.</summary>
    public static void AddReport(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ReportOptions>().BindConfiguration(ReportOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ReportOptions>, ReportOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<ReportOptions>, ReportOptionsRules>();
        builder.Services.AddOptions<OpenAiWriterOptions>().BindConfiguration(OpenAiWriterOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<OpenAiWriterOptions>, OpenAiWriterOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<OpenAiWriterOptions>, OpenAiWriterOptionsRules>();
        builder.Services.AddOptions<LlamaSharpOptions>().BindConfiguration(LlamaSharpOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<LlamaSharpOptions>, LlamaSharpOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<LlamaSharpOptions>, LlamaSharpOptionsRules>();
        builder.Services.AddOptions<TextModelOptions>().BindConfiguration(TextModelOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TextModelOptions>, TextModelOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TextModelOptions>, TextModelOptionsRules>();
        builder.Services.AddOptions<NerOptions>().BindConfiguration(NerOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<NerOptions>, NerOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<NerOptions>, NerOptionsRules>();
        builder.Services.TryAddSingleton<ReportWriterRegistry>();
        builder.Services.TryAddSingleton<EntityCheckRegistry>();
        builder.Services.TryAddSingleton<TextEncoderCatalogue>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EntityCheckRegistry>());
        builder.Services.TryAddKeyedSingleton(ReportOptions.Section, (services, _) =>
        {
            var options = services.GetRequiredService<IOptions<ReportOptions>>().Value;
            return new RequestConcurrencyLimiter("report", options.Concurrency, options.QueueLimit,
                services.GetRequiredService<ConcurrencyLimiterMetrics>(), services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<TenantWeights>());
        });
        builder.Services.TryAddKeyedSingleton(ReportOptions.Section, (services, _) => new ModelQueues("report",
            services.GetRequiredService<IOptions<ReportOptions>>().Value.QueueLimit,
            services.GetRequiredService<ConcurrencyLimiterMetrics>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<TenantWeights>()));
        builder.Services.TryAddSingleton<ReportMetrics>();
    }

    /// <summary>Loads the writers' models, and maps the gRPC service, which answers JSON and gRPC-Web too.</summary>
    public static void MapReport(this WebApplication app)
    {
        app.Services.GetRequiredService<ReportWriterRegistry>();
        app.MapGrpcService<ReportService>();
    }
}
