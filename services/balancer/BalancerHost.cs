using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Canaries;
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
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.V1;

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
        builder.AddMeshClient<TrainerService.TrainerServiceClient>("trainer");
        var services = builder.Services;
        services.AddOptions<BalancerOptions>().BindConfiguration(BalancerOptions.Section).ValidateOnStart();
        services.AddOptions<CanaryOptions>().BindConfiguration(CanaryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CanaryOptions>, CanaryOptionsValidator>();
        services.AddOptions<SealingOptions>().BindConfiguration(SealingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SealingOptions>, SealingOptionsRules>();
        services.AddSingleton<IValidateOptions<BalancerOptions>, BalancerOptionsValidator>();
        services.AddSingleton<IValidateOptions<BalancerOptions>>(new DatabaseOptionsRules<BalancerOptions>(BalancerOptions.Section));
        services.AddSingleton<IValidateOptions<BalancerOptions>, CrashInjectorOptionsValidator>();
        services.AddSingleton(
            p => BalancerDb.Open(p.GetRequiredService<IOptions<BalancerOptions>>().Value, p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ReplicaIdentity>();
        services.AddSingleton<BalancerMetrics>();
        services.AddSingleton<CrashInjector>().AddSingleton<VocabularyStore>().AddSingleton<PageTokenCodec>();
        services.AddSingleton<SealingWorkspace>().AddSingleton(SealedDatasetStoreFactory.Create);
        services.AddSingleton<ModelCatalogue>().AddSingleton<ImageSettingsRehearsal>().AddSingleton<TrainingRehearsal>();
        services.AddKeyedSingleton(BalancerOptions.Section, (p, _) =>
        {
            var options = p.GetRequiredService<IOptions<BalancerOptions>>().Value;
            return new ProcessorWorkPool("plan", options.PlanThreads, options.PlanQueue, options.PlanLimit,
                $"{BalancerOptions.Section}:{nameof(BalancerOptions.PlanLimit)}", p.GetRequiredService<ConcurrencyLimiterMetrics>(),
                p.GetRequiredService<TimeProvider>(), p.GetRequiredService<TenantWeights>());
        });
        services.AddSingleton<SamplingResolver>().AddSingleton<SpecResolver>();
        services.AddSingleton<DatasetCreator>().AddSingleton<DatasetQueries>().AddSingleton<DatasetCounter>()
            .AddSingleton<DatasetWatchHub>().AddSingleton<ResolvedDatasetCache>().AddSingleton<DatasetResumer>();
        services.AddKeyedSingleton(BalancerOptions.Section, (provider, _) =>
        {
            var options = provider.GetRequiredService<IOptions<BalancerOptions>>().Value;
            return new RequestConcurrencyLimiter("pair", options.Concurrency, PairDispatcher.WindowOf(options),
                provider.GetRequiredService<ConcurrencyLimiterMetrics>(), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<TenantWeights>());
        });
        services.AddSingleton<RunningWorkRegistry>().AddSingleton<DatasetQuota>().AddSingleton<DatasetTerminator>()
            .AddSingleton<FaultHandler>().AddSingleton<WaitingRecorder>().AddSingleton<FailureShareMonitor>()
            .AddSingleton<BriefFaultTimer>().AddSingleton<UnusableReportCounter>().AddSingleton<ServedModelRecorder>();
        services.AddSingleton<PairDispatcher>().AddSingleton<UnreturnedClaimQueue>().AddSingleton<PairPeerClient>()
            .AddSingleton<CanaryRunner>().AddSingleton<PairRowWriter>().AddSingleton<PairAssembler>();
        services.AddSingleton<EmbeddingBlockStore>().AddSingleton<ReplacementSetPlanner>().AddSingleton<ShardDeduplicator>();
        services.AddSingleton<SealSignal>().AddSingleton<SealedDatasetOutbox>()
            .AddSingleton<SealingLease>().AddSingleton<SealSigner>().AddSingleton<LostImageRestorer>().AddSingleton<ReportLabelReader>()
            .AddSingleton<DatasetSealer>();
        services.AddSingleton<DatasetReconciler>();
        services.AddHostedService(p => p.GetRequiredService<DatasetReconciler>());
        services.AddSingleton<IStartPrerequisite>(p => p.GetRequiredService<DatasetReconciler>());
        services.AddHostedService<SealingWorker>();
        services.AddHostedService<SealingSweeper>();
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
