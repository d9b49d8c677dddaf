using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Orders;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer;

/// <summary>Puts the trainer into a process: its own, or the standalone one.</summary>
public static class TrainerHost
{
    public static void AddTrainer(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<TrainerOptions>().BindConfiguration(TrainerOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TrainerOptions>, TrainerOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TrainerOptions>, TrainerOptionsRules>();
        builder.Services.AddSingleton<IValidateOptions<TrainerOptions>>(new DatabaseRules<TrainerOptions>(TrainerOptions.Section));
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.AddMeshClient<DatasetService.DatasetServiceClient>("balancer");
        builder.Services.AddSingleton<ICaptionWriter, ReportCaptions>();
        builder.Services.AddSingleton<Recipes.RecipeBook>();
        builder.Services.TryAddSingleton<Replica>();
        builder.Services.AddSingleton<TrainingFolders>();
        builder.Services.AddSingleton<NamedSets>();
        builder.Services.AddSingleton<TrainingQueue>();
        builder.Services.AddSingleton<TrainingOrders>();
        builder.Services.AddHostedService(s => s.GetRequiredService<TrainingQueue>());
        builder.AddMeshBus(bus =>
        {
            bus.AddConsumer<DatasetSealedConsumer, DatasetSealedDefinition>();
            bus.AddConsumer<TrainModelConsumer, TrainModelDefinition>();
            bus.AddConsumer<EvaluationQueuedConsumer, EvaluationQueuedDefinition>();
        });
    }

    public static void MapTrainer(this WebApplication app) => app.MapGrpcService<TrainerService>();
}
