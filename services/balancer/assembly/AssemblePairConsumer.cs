using MassTransit;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>Takes up one pair.</summary>
internal sealed class AssemblePairConsumer(PairAssembler assembler) : IConsumer<AssemblePair>
{
    public async Task Consume(ConsumeContext<AssemblePair> context)
    {
        var pair = context.Message;
        using var caller = RequestContext.Enter(pair.Tenant, pair.CorrelationId.ToString("N"));
        await assembler.AssembleAsync(pair.Tenant, pair.Dataset, pair.Index, context.CancellationToken);
    }
}

/// <summary>As many pairs at once as the settings allow. No retry here: the row says when the next try is due.</summary>
internal sealed class AssemblePairDefinition : ConsumerDefinition<AssemblePairConsumer>
{
    public AssemblePairDefinition(IOptions<BalancerOptions> options)
    {
        EndpointName = "balancer-assemble-pair";
        ConcurrentMessageLimit = options.Value.Concurrency;
        Endpoint(e => e.PrefetchCount = options.Value.Concurrency); // no more than it works on: what lies here can't be done elsewhere
    }
}
