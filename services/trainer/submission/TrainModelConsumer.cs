using MassTransit;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>Queues the training that a message asks for.</summary>
internal sealed class TrainModelConsumer(TrainingSubmitter submitter) : IConsumer<TrainModel>
{
    public async Task Consume(ConsumeContext<TrainModel> context)
    {
        var message = context.Message;
        using var caller = RequestContext.Enter(message.Tenant, message.CorrelationId.ToString("N"));
        await submitter.SubmitFromEventAsync(
            message.Tenant, $"messages/{message.CorrelationId:N}", TrainingSpec.Parser.ParseJson(message.Spec), context.CancellationToken);
    }
}

internal sealed class TrainModelDefinition : ConsumerDefinition<TrainModelConsumer>
{
    public TrainModelDefinition() => EndpointName = "trainer-train-model";
}
