using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Orders;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.Tasks.Distributions;
using SynCxr.Mesh.Evaluator.Tasks.FineTuning;
using SynCxr.Mesh.Evaluator.Tasks.Grounding;
using SynCxr.Mesh.Evaluator.Tasks.Segmentation;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Storage;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Evaluator;

/// <summary>Puts the evaluator into a process: its own, or the standalone one.</summary>
public static class EvaluatorHost
{
    public static void AddEvaluator(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<EvaluatorOptions>().BindConfiguration(EvaluatorOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<EvaluatorOptions>, EvaluatorOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<EvaluatorOptions>>(new DatabaseRules<EvaluatorOptions>(EvaluatorOptions.Section));
        builder.Services.AddSingleton<IValidateOptions<EvaluatorOptions>, EvaluatorOptionsRules>();
        builder.AddObjectStore();
        builder.AddMeshClient<DiffusionService.DiffusionServiceClient>("diffusion");
        builder.AddMeshClient<CurationService.CurationServiceClient>("curation");
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.AddMeshClient<TrainerService.TrainerServiceClient>("trainer");
        builder.Services.AddSingleton<ImagePeer>();
        builder.Services.AddSingleton<JudgePeer>();
        builder.Services.AddSingleton<EntityPeer>();
        builder.Services.AddSingleton<IEvaluationTask, GeneratorReport>();
        builder.Services.AddSingleton<IEvaluationTask, JudgeReport>();
        builder.Services.AddSingleton<VisionModels>();
        builder.Services.AddSingleton<IEvaluationTask, ZeroShot>();
        builder.Services.AddSingleton<IEvaluationTask, Comparison>();
        builder.Services.AddSingleton<IEvaluationTask, Grounding>();
        builder.Services.AddSingleton<IEvaluationTask, FineTune>();
        builder.Services.AddSingleton<IEvaluationTask, Segmentation>();
        builder.Services.AddSingleton<IEvaluationTask, Distribution>();
        builder.Services.AddSingleton<TaskBook>();
        builder.Services.TryAddSingleton<Replica>();
        builder.Services.AddSingleton<EvaluationFolders>();
        builder.Services.AddSingleton<EvaluationQueue>();
        builder.Services.AddSingleton<EvaluationOrders>();
        builder.Services.AddHostedService(s => s.GetRequiredService<EvaluationQueue>());
        builder.AddMeshBus(bus =>
        {
            bus.AddConsumer<ModelTrainedConsumer, ModelTrainedDefinition>();
            bus.AddConsumer<EvaluateModelConsumer, EvaluateModelDefinition>();
        });
    }

    public static void MapEvaluator(this WebApplication app) => app.MapGrpcService<EvaluatorService>();
}
