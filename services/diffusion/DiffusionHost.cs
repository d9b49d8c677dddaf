using Microsoft.Extensions.Options;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Puts the diffusion service into a process: its own, or the standalone one.</summary>
public static class DiffusionHost
{
    /// <summary>Registers options, models, generator, object store and metrics; <c>ready</c> waits for the models.</summary>
    public static void AddDiffusion(this IHostApplicationBuilder builder)
    {
        builder.AddObjectStore();
        builder.Services.AddOptions<DiffusionOptions>().BindConfiguration(DiffusionOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<DiffusionOptions>, DiffusionOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<DiffusionOptions>, DiffusionOptionsRules>();
        builder.Services.AddSingleton<DiffusionMetrics>();
        builder.Services.AddKeyedSingleton(DiffusionOptions.Section, (services, _) => CreateDecodePool(services));
        builder.Services.AddSingleton<StartImageReader>();
        builder.Services.AddSingleton<GeneratorModelLoader>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GeneratorModelLoader>());
        builder.Services.AddHealthChecks().AddCheck<GeneratorModelLoader>("diffusion-models", tags: ["ready"]);
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<IOptions<DiffusionOptions>>().Value;
            var batcher = new BatcherOptions("image")
            {
                QueueLimit = options.QueueLimit,
                MaxBatch = options.MaxBatch,
                MaxDelay = options.MaxDelay,
                Weights = services.GetRequiredService<TenantWeights>(),
            };
            // Singletons are disposed in the reverse order of their creation: the models must outlive the generator that runs on them.
            _ = services.GetRequiredService<GeneratorModelLoader>();
            return new ImageGenerator(batcher, options.Threads,
                services.GetRequiredService<BatcherMetrics>(), services.GetRequiredService<TimeProvider>());
        });
    }

    private static ProcessorWorkPool CreateDecodePool(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<DiffusionOptions>>().Value;
        return new ProcessorWorkPool("start image", options.Threads, options.QueueLimit, options.WorkLimit,
            $"{DiffusionOptions.Section}:{nameof(DiffusionOptions.WorkLimit)}", services.GetRequiredService<ConcurrencyLimiterMetrics>(),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<TenantWeights>());
    }

    /// <summary>Maps the gRPC service, which answers JSON and gRPC-Web too.</summary>
    public static void MapDiffusion(this WebApplication app) => app.MapGrpcService<DiffusionService>();
}
