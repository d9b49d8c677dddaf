using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Messages;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Evaluator.Submission;

/// <summary>Starts evaluations, by whatever way they are asked for: the row first, then the messages that follow from it.</summary>
internal sealed class EvaluationSubmitter(EvaluationWorker queue, EvaluationTaskRegistry tasks,
    TrainerService.TrainerServiceClient trainings, MeshPublisher bus)
{
    /// <exception cref="MeshException">INVALID_FIELD, QUEUE_FULL or REQUEST_ID_REUSED.</exception>
    public async Task<JobView<Evaluation>> SubmitAsync(string tenant, string requestId, EvaluationSpec filled,
        CancellationToken cancellation)
    {
        var work = await queue.AddAsync(tenant, JobKey.ForRequest(requestId), JsonFormatter.Default.Format(filled), null, cancellation);
        await PublishHintAsync(work.Row, cancellation);
        return work;
    }

    /// <summary>A spec that came by event: what is wrong with it, its evaluation says, since nobody waits for an answer.</summary>
    public async Task<JobRow> SubmitFromEventAsync(string tenant, string cause, EvaluationSpec asked, CancellationToken cancellation)
    {
        var (spec, error) = (asked, (string?)null);
        try
        {
            spec = await tasks.FillAsync(asked, cancellation);
        }
        catch (MeshException refused) when (refused.Reason.Status == StatusCode.InvalidArgument)
        {
            error = refused.Message;
        }

        var row = (await queue.AddAsync(tenant, JobKey.ForEvent(cause), JsonFormatter.Default.Format(spec), error, cancellation)).Row;
        await PublishHintAsync(row, cancellation);
        return row;
    }

    /// <summary>
    /// Measures what a run's spec asks for, on the model that came of it. Only when every evaluation has its row, the trainer is told.
    /// </summary>
    public async Task SubmitForTrainingAsync(string tenant, string training, CancellationToken cancellation)
    {
        var name = $"trainings/{training}";
        var run = (await trainings.GetTrainingAsync(new GetTrainingRequest { Name = name }, cancellationToken: cancellation)).Training;
        if (run.State != TrainingState.Succeeded)
            return;
        var queued = new List<EvaluationQueued>();
        foreach (var (number, asked) in run.Spec.Evaluate.Index())
        {
            var row = await SubmitFromEventAsync(tenant, $"{name}/{number}", WithModel(asked, run.ModelFolder), cancellation);
            queued.Add(new EvaluationQueued(Guid.Parse(row.Id), tenant, row.Id, name));
        }

        await bus.PublishAsync(queued, cancellation);
    }

    /// <summary>A task that has a model and names none gets the trained one.</summary>
    private static EvaluationSpec WithModel(EvaluationSpec asked, string modelFolder)
    {
        var spec = asked.Clone();
        if (EvaluationSpec.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(spec)?.Accessor.GetValue(spec) is IMessage task
            && task.Descriptor.FindFieldByName("model")?.Accessor is { } model && (string)model.GetValue(task) == "")
            model.SetValue(task, modelFolder);
        return spec;
    }

    private async Task PublishHintAsync(JobRow row, CancellationToken cancellation)
    {
        if (row.Stage == JobStage.Waiting)
            await bus.PublishAsync([new EvaluationQueueHint(Guid.Parse(row.Id), row.Tenant, row.Id)], cancellation);
    }
}
