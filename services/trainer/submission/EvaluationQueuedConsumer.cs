using MassTransit;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>What a run's end asked for is queued: nobody needs to hear of the end again.</summary>
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
