using MassTransit;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Evaluator.Submission;

/// <summary>Queues the evaluations that a training's spec asks for. The trainer publishes the event again until they are queued.</summary>
internal sealed class ModelTrainedConsumer(EvaluationSubmitter orders) : IConsumer<ModelTrained>
{
    public async Task Consume(ConsumeContext<ModelTrained> context)
    {
        var message = context.Message;
        using var caller = RequestContext.Enter(message.Tenant, message.CorrelationId.ToString("N"));
        await orders.SubmitForTrainingAsync(message.Tenant, message.Training, context.CancellationToken);
    }
}

internal sealed class ModelTrainedDefinition : ConsumerDefinition<ModelTrainedConsumer>
{
    public ModelTrainedDefinition() => EndpointName = "evaluator-model-trained";
}
