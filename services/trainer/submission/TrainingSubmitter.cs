using Google.Protobuf;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Trainer.Messages;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>Queues runs, whether asked for by RPC or by event: first the row, then the messages that follow from it.</summary>
internal sealed class TrainingSubmitter(TrainingWorker queue, TrainingFolders folders, RecipeRegistry recipes,
    TrainingPlaceResolver places, DatasetService.DatasetServiceClient datasets, MeshPublisher bus)
{
    /// <returns>The spec with its defaults filled in.</returns>
    /// <exception cref="MeshException">INVALID_FIELD with the field.</exception>
    public TrainingSpec Validate(TrainingSpec asked)
    {
        var spec = TrainingPlanRules.FillDefaults(asked);
        TrainingPlanRules.Check(spec, recipes, places);
        return spec;
    }

    /// <param name="isNewVersion">True where the model's name may be taken, and its next version is wanted.</param>
    /// <exception cref="MeshException">INVALID_FIELD, QUEUE_FULL or REQUEST_ID_REUSED; WRONG_STATE where the name is another
    /// training's.</exception>
    public async Task<JobView<TrainingStatus>> SubmitAsync(string tenant, string requestId, TrainingSpec asked, bool isNewVersion,
        CancellationToken cancellation)
    {
        var spec = Validate(asked);
        var work = await queue.AddAsync(tenant, JobKey.ForRequest(requestId), JsonFormatter.Default.Format(spec), null,
            CreateAdmission(tenant, spec, isNewVersion), cancellation);
        await PublishHintAsync(work.Row, cancellation);
        return work;
    }

    /// <summary>
    /// Queues a run for a spec that came by event. If the spec is invalid, the run fails with the reason, since there is no caller to
    /// answer.
    /// </summary>
    public async Task SubmitFromEventAsync(string tenant, string cause, TrainingSpec asked, CancellationToken cancellation)
    {
        var spec = TrainingPlanRules.FillDefaults(asked);
        string? error = null;
        try
        {
            TrainingPlanRules.Check(spec, recipes, places);
        }
        catch (MeshException invalid)
        {
            error = invalid.Message;
        }

        var work = await AddFromEventAsync(tenant, JobKey.ForEvent(cause), spec, error, cancellation);
        await PublishHintAsync(work.Row, cancellation);
        await bus.PublishAsync([new TrainingQueued(Guid.Parse(work.Row.Id), tenant, work.Row.Id, cause)], cancellation);
    }

    private async Task<JobView<TrainingStatus>> AddFromEventAsync(string tenant, JobKey cause, TrainingSpec spec, string? error,
        CancellationToken cancellation)
    {
        var text = JsonFormatter.Default.Format(spec);
        try
        {
            var admission = error is null ? CreateAdmission(tenant, spec, isNewVersion: false) : null;
            return await queue.AddAsync(tenant, cause, text, error, admission, cancellation);
        }
        catch (MeshException taken) when (taken.Reason == ErrorReasons.WrongState)
        {
            return await queue.AddAsync(tenant, cause, text, taken.Message, null, cancellation);
        }
    }

    private JobAdmission CreateAdmission(string tenant, TrainingSpec spec, bool isNewVersion) =>
        ModelNameRules.CreateAdmission(spec, isNewVersion, folders.GetModelFolder(tenant, TrainingPlanRules.ToPlan(spec)));

    /// <summary>Queues the training that a sealed data set's spec asks for, on that data set and the spec's other sources.</summary>
    public async Task SubmitForDatasetAsync(string tenant, string dataset, CancellationToken cancellation)
    {
        var name = $"datasets/{dataset}";
        var found = (await datasets.GetDatasetAsync(new GetDatasetRequest { Name = name }, cancellationToken: cancellation)).Dataset;
        if (found.State != DatasetState.Sealed || found.Spec.Train is not { } asked)
            return;
        var spec = asked.Clone();
        if (recipes.All.Any(r => r.Name == spec.Recipe && r.ReadsSources))
            spec.Sources.Add(new DataSource { Layout = DataLayoutNames.SealedDataset, Name = name });
        else
            spec.Data.Add(name); // refused with its field: these recipes read folders of images
        await SubmitFromEventAsync(tenant, name, spec, cancellation);
    }

    private async Task PublishHintAsync(JobRow row, CancellationToken cancellation)
    {
        if (row.Stage == JobStage.Waiting)
            await bus.PublishAsync([new TrainingQueueHint(Guid.Parse(row.Id), row.Tenant, row.Id)], cancellation);
    }
}
