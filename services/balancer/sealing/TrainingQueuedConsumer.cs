using MassTransit;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>The training that a sealed data set asked for is queued.</summary>
internal sealed class TrainingQueuedConsumer(SealedDatasetOutbox outbox) : IConsumer<TrainingQueued>
{
    private const string Prefix = "datasets/";

    public Task Consume(ConsumeContext<TrainingQueued> context) => context.Message.Cause.StartsWith(Prefix, StringComparison.Ordinal)
        ? outbox.ConfirmAsync(context.Message.Tenant, context.Message.Cause[Prefix.Length..], $"trainings/{context.Message.Training}",
            context.CancellationToken)
        : Task.CompletedTask;
}

internal sealed class TrainingQueuedDefinition : ConsumerDefinition<TrainingQueuedConsumer>
{
    public TrainingQueuedDefinition() => EndpointName = "balancer-training-queued";
}
