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
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Evaluator.Submission;

/// <summary>Queues evaluations, whether asked for by RPC or by event: first the row, then the messages that follow from it.</summary>
internal sealed class EvaluationSubmitter(EvaluationWorker queue, EvaluationTaskRegistry tasks,
    TrainerService.TrainerServiceClient trainings, MeshPublisher bus)
{
    /// <exception cref="MeshException">INVALID_FIELD, QUEUE_FULL or REQUEST_ID_REUSED.</exception>
    public async Task<JobView<Evaluation>> SubmitAsync(string tenant, string requestId, EvaluationSpec filled,
        CancellationToken cancellation)
    {
        var work = await queue.AddAsync(tenant, JobKey.ForRequest(requestId), JsonFormatter.Default.Format(filled), null, null,
            cancellation);
        await PublishHintAsync(work.Row, cancellation);
        return work;
    }

    /// <summary>
    /// Queues an evaluation for a spec that came by event. If the spec is invalid, the evaluation fails with the reason, since there is no
    /// caller to answer.
    /// </summary>
    public async Task<JobRow> SubmitFromEventAsync(string tenant, string cause, EvaluationSpec asked, CancellationToken cancellation)
    {
        var spec = asked;
        string? error = null;
        try
        {
            spec = await tasks.FillAsync(asked, cancellation);
        }
        catch (MeshException invalid) when (invalid.Reason.Status == StatusCode.InvalidArgument)
        {
            error = invalid.Message;
        }

        var row = (await queue.AddAsync(tenant, JobKey.ForEvent(cause), JsonFormatter.Default.Format(spec), error, null, cancellation)).Row;
        await PublishHintAsync(row, cancellation);
        return row;
    }

    /// <summary>
    /// Queues the evaluations that a training's spec asks for, on its model. The trainer is told only when every one of them has its row.
    /// </summary>
    public async Task SubmitForTrainingAsync(string tenant, string training, CancellationToken cancellation)
    {
        var name = $"trainings/{training}";
        var run = (await trainings.GetTrainingAsync(new GetTrainingRequest { Name = name }, cancellationToken: cancellation)).Training;
        if (run.State != TrainingState.Succeeded)
            return;
        var queued = new List<EvaluationQueued>();
        foreach (var (number, asked) in FollowUpEvaluations.Read(run.Spec, "spec").Index())
        {
            var row = await SubmitFromEventAsync(tenant, $"{name}/{number}", WithModel(asked, run.Spec.ModelName), cancellation);
            queued.Add(new EvaluationQueued(Guid.Parse(row.Id), tenant, row.Id, name));
        }

        await bus.PublishAsync(queued, cancellation);
    }

    /// <summary>A task with an empty field <c>model</c> gets the trained model.</summary>
    private static EvaluationSpec WithModel(EvaluationSpec asked, string modelName)
    {
        var spec = asked.Clone();
        if (EvaluationSpec.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(spec)?.Accessor.GetValue(spec) is IMessage task
            && task.Descriptor.FindFieldByName("model")?.Accessor is { } model && (string)model.GetValue(task) == "")
            model.SetValue(task, $"models/{modelName}");
        return spec;
    }

    private async Task PublishHintAsync(JobRow row, CancellationToken cancellation)
    {
        if (row.Stage == JobStage.Waiting)
            await bus.PublishAsync([new EvaluationQueueHint(Guid.Parse(row.Id), row.Tenant, row.Id)], cancellation);
    }
}
