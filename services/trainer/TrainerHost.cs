using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.Submission;

namespace SynCxr.Mesh.Trainer;

/// <summary>Adds the trainer to a process: its own, or the standalone one.</summary>
public static class TrainerHost
{
    public static void AddTrainer(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<TrainerOptions>().BindConfiguration(TrainerOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TrainerOptions>, TrainerOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TrainerOptions>, TrainerOptionsRules>();
        builder.Services.AddSingleton<IValidateOptions<TrainerOptions>>(new DatabaseOptionsRules<TrainerOptions>(TrainerOptions.Section));
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.AddDataPlaces();
        builder.Services.AddSingleton<ICaptionWriter, ReportServiceCaptionWriter>();
        builder.Services.AddSingleton<Recipes.RecipeRegistry>();
        builder.Services.TryAddSingleton<ReplicaIdentity>();
        builder.Services.AddSingleton<TrainingFolders>();
        builder.Services.AddSingleton<TrainingPlaceResolver>();
        builder.Services.AddSingleton<TrainerMetrics>();
        builder.Services.AddSingleton<TrainingWorker>();
        builder.Services.AddSingleton<TrainingSubmitter>();
        builder.Services.AddHostedService(s => s.GetRequiredService<TrainingWorker>());
        builder.Services.AddSingleton<IStartPrerequisite>(s => s.GetRequiredService<TrainingWorker>());
        builder.AddMeshBus(bus =>
        {
            bus.AddConsumer<DatasetSealedConsumer, DatasetSealedDefinition>();
            bus.AddConsumer<TrainModelConsumer, TrainModelDefinition>();
            bus.AddConsumer<TrainingQueueHintConsumer, TrainingQueueHintDefinition>();
            bus.AddConsumer<EvaluationQueuedConsumer, EvaluationQueuedDefinition>();
        });
    }

    public static void MapTrainer(this WebApplication app) => app.MapGrpcService<TrainerService>();
}
