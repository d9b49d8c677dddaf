using MassTransit;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Messages;

namespace SynCxr.Mesh.Evaluator.Submission;

/// <summary>Looks at the queue at once.</summary>
internal sealed class EvaluationQueueHintConsumer(EvaluationWorker worker) : IConsumer<EvaluationQueueHint>
{
    public Task Consume(ConsumeContext<EvaluationQueueHint> context)
    {
        worker.Wake();
        return Task.CompletedTask;
    }
}

internal sealed class EvaluationQueueHintDefinition : ConsumerDefinition<EvaluationQueueHintConsumer>
{
    public EvaluationQueueHintDefinition() => EndpointName = "evaluator-queue-hint";
}
