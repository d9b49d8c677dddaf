using MassTransit;
using SynCxr.Mesh.Trainer.Messages;
using SynCxr.Mesh.Trainer.Runs;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>Looks at the queue at once.</summary>
internal sealed class TrainingQueueHintConsumer(TrainingWorker worker) : IConsumer<TrainingQueueHint>
{
    public Task Consume(ConsumeContext<TrainingQueueHint> context)
    {
        worker.Wake();
        return Task.CompletedTask;
    }
}

internal sealed class TrainingQueueHintDefinition : ConsumerDefinition<TrainingQueueHintConsumer>
{
    public TrainingQueueHintDefinition() => EndpointName = "trainer-queue-hint";
}
