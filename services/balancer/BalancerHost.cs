using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Crashes;
using SynCxr.Mesh.Balancer.Datasets;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Reconciliation;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Balancer.Vocabularies;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer;

/// <summary>Registers and maps the balancer; used by its own program and by the standalone host.</summary>
public static class BalancerHost
{
    public static void AddBalancer(this IHostApplicationBuilder builder)
    {
        builder.AddObjectStore();
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.AddMeshClient<DiffusionService.DiffusionServiceClient>("diffusion");
        builder.AddMeshClient<CurationService.CurationServiceClient>("curation");
        var services = builder.Services;
        services.AddOptions<BalancerOptions>().BindConfiguration(BalancerOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BalancerOptions>, BalancerOptionsValidator>();
        services.AddSingleton<IValidateOptions<BalancerOptions>>(new DatabaseOptionsRules<BalancerOptions>(BalancerOptions.Section));
        services.AddSingleton<IValidateOptions<BalancerOptions>, CrashInjectorOptionsValidator>();
        services.AddSingleton(
            p => BalancerDb.Open(p.GetRequiredService<IOptions<BalancerOptions>>().Value, p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ReplicaIdentity>();
        services.AddSingleton<BalancerMetrics>();
        services.AddSingleton<CrashInjector>().AddSingleton<VocabularyStore>().AddSingleton<PageTokenCodec>();
        services.AddSingleton<SealingWorkspace>().AddSingleton(SealedDatasetStoreFactory.Create);
        services.AddSingleton<ModelCatalogue>().AddSingleton<SamplingResolver>().AddSingleton<SpecResolver>();
        services.AddSingleton<DatasetCreator>().AddSingleton<DatasetQueries>().AddSingleton<ResolvedDatasetCache>()
            .AddSingleton<DatasetTerminator>();
        services.AddSingleton<PairDispatcher>().AddSingleton<RunningWorkRegistry>().AddSingleton<PairPeerClient>()
            .AddSingleton<PairAssembler>();
        services.AddSingleton<ShardDeduplicator>().AddSingleton<SealSignal>().AddSingleton<SealedDatasetOutbox>()
            .AddSingleton<DatasetSealer>();
        services.AddSingleton<DatasetReconciler>();
        services.AddHostedService(p => p.GetRequiredService<DatasetReconciler>());
        services.AddHostedService<SealingWorker>();
        services.AddHostedService<CancellationPoller>();
        services.AddHealthChecks().AddCheck<DatasetReconciler>("balancer", tags: ["ready"]);
        builder.AddMeshBus(bus =>
        {
            bus.AddConsumer<AssemblePairConsumer, AssemblePairDefinition>();
            bus.AddConsumer<DeduplicateShardConsumer, DeduplicateShardDefinition>();
            bus.AddConsumer<TrainingQueuedConsumer, TrainingQueuedDefinition>();
        });
    }

    public static void MapBalancer(this WebApplication app)
    {
        app.MapGrpcService<BalancerService>();
        app.MapGrpcService<DatasetService>();
    }
}
