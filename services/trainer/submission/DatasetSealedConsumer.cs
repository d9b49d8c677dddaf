using MassTransit;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Trainer.Submission;

/// <summary>
/// Queues the training that a sealed data set's spec asks for. The balancer publishes the event again until the run is queued.
/// </summary>
internal sealed class DatasetSealedConsumer(TrainingSubmitter orders) : IConsumer<DatasetSealed>
{
    public async Task Consume(ConsumeContext<DatasetSealed> context)
    {
        var message = context.Message;
        using var caller = RequestContext.Enter(message.Tenant, message.CorrelationId.ToString("N"));
        await orders.SubmitForDatasetAsync(message.Tenant, message.Dataset, context.CancellationToken);
    }
}

internal sealed class DatasetSealedDefinition : ConsumerDefinition<DatasetSealedConsumer>
{
    public DatasetSealedDefinition() => EndpointName = "trainer-dataset-sealed";
}
