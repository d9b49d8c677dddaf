using MassTransit;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>The evaluations of a trained model are queued: its event needs no further publishing.</summary>
internal sealed class EvaluationQueuedConsumer(TrainingWorker queue) : IConsumer<EvaluationQueued>
{
    private const string Prefix = "trainings/";

    public Task Consume(ConsumeContext<EvaluationQueued> context) => context.Message.Cause.StartsWith(Prefix, StringComparison.Ordinal)
        ? queue.ConfirmAsync(context.Message.Tenant, context.Message.Cause[Prefix.Length..], context.CancellationToken)
        : Task.CompletedTask;
}

internal sealed class EvaluationQueuedDefinition : ConsumerDefinition<EvaluationQueuedConsumer>
{
    public EvaluationQueuedDefinition() => EndpointName = "trainer-evaluation-queued";
}
