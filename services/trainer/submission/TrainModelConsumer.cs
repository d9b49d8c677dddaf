using MassTransit;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>Queues a new run, or looks whether a queued one can be taken up.</summary>
internal sealed class TrainModelConsumer(TrainingSubmitter orders, TrainingWorker queue) : IConsumer<TrainModel>
{
    public async Task Consume(ConsumeContext<TrainModel> context)
    {
        var message = context.Message;
        using var caller = RequestContext.Enter(message.Tenant, message.CorrelationId.ToString("N"));
        if (message.Spec.Length > 0)
            await orders.SubmitFromEventAsync(message.Tenant, $"messages/{message.CorrelationId:N}",
                TrainingSpec.Parser.ParseJson(message.Spec), context.CancellationToken);
        else
            queue.Wake();
    }
}

internal sealed class TrainModelDefinition : ConsumerDefinition<TrainModelConsumer>
{
    public TrainModelDefinition() => EndpointName = "trainer-train-model";
}
