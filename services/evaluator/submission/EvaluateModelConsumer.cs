using MassTransit;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Messages;

namespace SynCxr.Mesh.Evaluator.Submission;

/// <summary>Queues the evaluation that a message asks for.</summary>
internal sealed class EvaluateModelConsumer(EvaluationSubmitter submitter, MeshPublisher bus) : IConsumer<EvaluateModel>
{
    public async Task Consume(ConsumeContext<EvaluateModel> context)
    {
        var message = context.Message;
        using var caller = RequestContext.Enter(message.Tenant, message.CorrelationId.ToString("N"));
        var cause = $"messages/{message.CorrelationId:N}";
        var row = await submitter.SubmitFromEventAsync(message.Tenant, cause, EvaluationSpec.Parser.ParseJson(message.Spec),
            context.CancellationToken);
        await bus.PublishAsync([new EvaluationQueued(Guid.Parse(row.Id), row.Tenant, row.Id, cause)], context.CancellationToken);
    }
}

internal sealed class EvaluateModelDefinition : ConsumerDefinition<EvaluateModelConsumer>
{
    public EvaluateModelDefinition() => EndpointName = "evaluator-evaluate-model";
}
