using MassTransit;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Evaluator.Submission;

/// <summary>Queues a new evaluation, or looks whether a queued one can be taken up.</summary>
internal sealed class EvaluateModelConsumer(EvaluationSubmitter orders, EvaluationWorker queue, MeshPublisher bus)
    : IConsumer<EvaluateModel>
{
    public async Task Consume(ConsumeContext<EvaluateModel> context)
    {
        var message = context.Message;
        using var caller = RequestContext.Enter(message.Tenant, message.CorrelationId.ToString("N"));
        if (message.Spec.Length == 0)
        {
            queue.Wake();
            return;
        }

        var cause = $"messages/{message.CorrelationId:N}";
        var row = await orders.SubmitFromEventAsync(message.Tenant, cause, EvaluationSpec.Parser.ParseJson(message.Spec),
            context.CancellationToken);
        await bus.PublishAsync([new EvaluationQueued(Guid.Parse(row.Id), row.Tenant, row.Id, cause)], context.CancellationToken);
    }
}

internal sealed class EvaluateModelDefinition : ConsumerDefinition<EvaluateModelConsumer>
{
    public EvaluateModelDefinition() => EndpointName = "evaluator-evaluate-model";
}
