using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Peers;
using SynCxr.Mesh.Evaluator.Submission;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.Tasks.Distributions;
using SynCxr.Mesh.Evaluator.Tasks.FineTuning;
using SynCxr.Mesh.Evaluator.Tasks.Grounding;
using SynCxr.Mesh.Evaluator.Tasks.Segmentation;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Evaluator;

/// <summary>Adds the evaluator to a process: its own, or the standalone one.</summary>
public static class EvaluatorHost
{
    public static void AddEvaluator(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<EvaluatorOptions>().BindConfiguration(EvaluatorOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<EvaluatorOptions>, EvaluatorOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<EvaluatorOptions>>(
            new DatabaseOptionsRules<EvaluatorOptions>(EvaluatorOptions.Section));
        builder.Services.AddSingleton<IValidateOptions<EvaluatorOptions>, EvaluatorOptionsRules>();
        builder.AddObjectStore();
        builder.AddMeshClient<DiffusionService.DiffusionServiceClient>("diffusion");
        builder.AddMeshClient<CurationService.CurationServiceClient>("curation");
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.AddMeshClient<TrainerService.TrainerServiceClient>("trainer");
        builder.AddDataPlaces();
        builder.Services.AddSingleton<EvaluationSourceResolver>();
        builder.Services.AddSingleton<DiffusionImageClient>();
        builder.Services.AddSingleton<CurationJudgeClient>();
        builder.Services.AddSingleton<ReportEntityClient>();
        builder.Services.AddSingleton<TextEncoderClient>();
        builder.Services.AddSingleton<IEvaluationTask, GeneratorReportEvaluation>();
        builder.Services.AddSingleton<IEvaluationTask, JudgeReportEvaluation>();
        builder.Services.AddSingleton<VisionModelCatalogue>();
        builder.Services.AddSingleton<IEvaluationTask, ZeroShotEvaluation>();
        builder.Services.AddSingleton<IEvaluationTask, ComparisonEvaluation>();
        builder.Services.AddSingleton<IEvaluationTask, GroundingEvaluation>();
        builder.Services.AddSingleton<IEvaluationTask, FineTuneEvaluation>();
        builder.Services.AddSingleton<IEvaluationTask, SegmentationEvaluation>();
        builder.Services.AddSingleton<IEvaluationTask, DistributionEvaluation>();
        builder.Services.AddSingleton<EvaluationTaskRegistry>();
        builder.Services.TryAddSingleton<ReplicaIdentity>();
        builder.Services.AddSingleton<EvaluationFolders>();
        builder.Services.AddSingleton<EvaluatorMetrics>();
        builder.Services.AddSingleton<EvaluationWorker>();
        builder.Services.AddSingleton<EvaluationSubmitter>();
        builder.Services.AddHostedService(s => s.GetRequiredService<EvaluationWorker>());
        builder.Services.AddSingleton<IStartPrerequisite>(s => s.GetRequiredService<EvaluationWorker>());
        builder.AddMeshBus(bus =>
        {
            bus.AddConsumer<ModelTrainedConsumer, ModelTrainedDefinition>();
            bus.AddConsumer<EvaluateModelConsumer, EvaluateModelDefinition>();
            bus.AddConsumer<EvaluationQueueHintConsumer, EvaluationQueueHintDefinition>();
        });
    }

    public static void MapEvaluator(this WebApplication app) => app.MapGrpcService<EvaluatorService>();
}
