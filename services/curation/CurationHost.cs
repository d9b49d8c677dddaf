using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Objects;

namespace SynCxr.Mesh.Curation;

/// <summary>Puts the curation service into a process: its own, or the standalone one.</summary>
public static class CurationHost
{
    /// <summary>Registers options, judge, curator, object store and metrics; <c>ready</c> waits for the judge.</summary>
    public static void AddCuration(this IHostApplicationBuilder builder)
    {
        builder.AddObjectStore();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<CurationOptions>().BindConfiguration(CurationOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CurationOptions>, CurationOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<CurationOptions>, CurationOptionsRules>();
        builder.Services.AddSingleton<CurationModelLoader>();
        builder.Services.AddHostedService(s => s.GetRequiredService<CurationModelLoader>());
        builder.Services.AddSingleton<ImageSourceReader>();
        builder.Services.AddSingleton<CurationMetrics>();
        builder.Services.AddSingleton<Curator>();
        builder.Services.AddHealthChecks().AddCheck<CurationModelLoader>("curation-models", tags: ["ready"]);
    }

    /// <summary>Maps the gRPC service, which answers JSON and gRPC-Web too.</summary>
    public static void MapCuration(this WebApplication app) => app.MapGrpcService<CurationService>();
}
