using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.Captions;
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
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.Services.AddSingleton<ICaptionWriter, ReportCaptions>();
        builder.Services.AddSingleton<Recipes.RecipeBook>();
        builder.Services.AddSingleton<RunStore>();
        builder.Services.AddSingleton<TrainingQueue>();
        builder.Services.AddHostedService(s => s.GetRequiredService<TrainingQueue>());
    }

    public static void MapTrainer(this WebApplication app) => app.MapGrpcService<TrainerService>();
}
