using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>Runs one training at a time. A run that another process abandoned resumes from its last checkpoint.</summary>
internal sealed class TrainingWorker(
    RecipeRegistry recipes, TrainingFolders folders, TrainingPlaceResolver places, ICaptionWriter captions, MeshPublisher bus,
    IOptions<TrainerOptions> options, ReplicaIdentity replica, TimeProvider clock, TrainerMetrics metrics,
    TenantWeights weights, ServerWait wait, IHostApplicationLifetime lifetime, ILogger<TrainingWorker> logger)
    : JobWorker<TrainingStatus>(JobQueue.Open(Kind, options.Value, Path.Combine(options.Value.StateFolder, "trainer.db"), replica,
        weights, clock), options.Value, wait, clock, lifetime, logger)
{
    private const string Kind = "trainings";

    protected override async Task RunAsync(JobRow row, RunningJob<TrainingStatus> live, CancellationToken cancellation)
    {
        try
        {
            await TrainAsync(row, live, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var failure = FailureMapping.ToFailure(error);
            live.Update(s => s with { FailureReason = failure.Reason, FailureFields = [.. failure.Fields] });
            throw;
        }
    }

    private async Task TrainAsync(JobRow row, RunningJob<TrainingStatus> live, CancellationToken cancellation)
    {
        var spec = TrainingSpec.Parser.ParseJson(row.SpecJson);
        using var caller = RequestContext.Enter(row.Tenant, row.Id);
        TrainingPlanRules.Check(spec, recipes, places); // its data may be gone since, or no longer be the tenant's to read
        var plan = TrainingPlanRules.ToPlan(spec);
        using var activity = TrainerMetrics.StartRun(plan);
        Log.Started(logger, row.Id, plan.Recipe, plan.Preset);
        var folder = folders.GetModelFolder(row.Tenant, plan);
        var work = folders.GetWorkFolder(row.Tenant, plan);
        using var curves = new TrainingCurveFile(work);
        var reporter = new Reporter(row.Id, live, curves, logger);
        var order = new RecipeRun(await places.ResolveAsync(plan, work, reporter, cancellation), work, folder, captions, reporter)
        {
            Notes = new TrainingNotes(notes => live.Update(s => s with { Notes = notes })),
        };
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        await Task.Factory.StartNew(() => RunRecipeAsync(recipes.Find(plan.Recipe, plan.Preset), order, cancellation), cancellation,
            TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        var digest = ModelFolder.Open(folder).Digest;
        live.Update(s => s with { ModelFolder = folder, ModelDigest = digest });
    }

    protected override async Task<PublishResult> PublishEndAsync(JobView<TrainingStatus> ended, CancellationToken cancellation)
    {
        var row = ended.Row;
        var id = Guid.Parse(ended.Row.Id);
        if (row.Stage == JobStage.Failed)
            return await bus.PublishAsync([new TrainingFailed(id, row.Tenant, row.Id, row.Error)], cancellation) == 0
                ? PublishResult.NotPublished : PublishResult.Settled;
        var spec = TrainingSpec.Parser.ParseJson(row.SpecJson);
        if (await bus.PublishAsync([new ModelTrained(id, row.Tenant, row.Id, spec.ModelName, ended.Status.ModelDigest)], cancellation) == 0)
            return PublishResult.NotPublished;
        return spec.Evaluate.Count == 0 ? PublishResult.Settled : PublishResult.AwaitingConfirmation;
    }

    protected override void OnEnded(JobView<TrainingStatus> ended, Exception? error)
    {
        if (error is not null)
            Log.Failed(logger, ended.Row.Id, error);
        else if (ended.Row.Stage == JobStage.Succeeded)
            Log.Succeeded(logger, ended.Row.Id, ended.Status.ModelFolder, ended.Status.ModelDigest);
        else
            Log.Cancelled(logger, ended.Row.Id);
        metrics.RecordEnd(ended);
    }

    protected override TrainingStatus ParseStatus(string statusJson) => TrainingStatus.FromJson(statusJson);

    protected override string FormatStatus(TrainingStatus status) => status.ToJson();

    private Task RunRecipeAsync(IRecipe recipe, RecipeRun order, CancellationToken cancellation)
    {
        TorchRuntime.Configure(options.Value.Device, options.Value.Threads);
        return recipe.RunAsync(order, cancellation);
    }

    private sealed class Reporter(string id, RunningJob<TrainingStatus> live, TrainingCurveFile curves, ILogger logger)
        : IProgress<LoopProgress>
    {
        public void Report(LoopProgress value)
        {
            live.Update(s => s with { Progress = value });
            curves.Append(value);
            Log.Step(logger, id, value.Phase, value.Step, value.Steps, value.Loss, value.Validation, value.LearningRate,
                value.SamplesPerSecond, value.SecondsLeft, value.Skipped);
        }
    }
}
