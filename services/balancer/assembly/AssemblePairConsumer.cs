using MassTransit;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Takes up one pair. More messages are taken from the queue than pairs are in work: tenants take turns for these places, and a queue knows
/// no tenants.
/// </summary>
internal sealed class AssemblePairConsumer(
    PairAssembler assembler, UnreturnedClaimQueue unreturned,
    [FromKeyedServices(BalancerOptions.Section)] RequestConcurrencyLimiter places) : IConsumer<AssemblePair>
{
    public async Task Consume(ConsumeContext<AssemblePair> context)
    {
        var pair = context.Message;
        using var caller = RequestContext.Enter(pair.Tenant, pair.CorrelationId.ToString("N"));
        using var place = await places.EnterAsync(pair.Tenant, CallPriority.Unwatched, DateTime.MaxValue, isRetry: true,
            context.CancellationToken);
        try
        {
            await assembler.AssembleAsync(pair.Tenant, pair.Dataset, pair.Index, context.CancellationToken);
        }
        catch (Exception)
        {
            unreturned.AddPair(pair.Dataset, pair.Index); // not even its next try could be written
            throw;
        }
    }
}

/// <summary>As many pairs at once as a replica claims. No retry here: the row says when the next try is due.</summary>
internal sealed class AssemblePairDefinition : ConsumerDefinition<AssemblePairConsumer>
{
    public AssemblePairDefinition(IOptions<BalancerOptions> options)
    {
        EndpointName = "balancer-assemble-pair";
        var window = PairDispatcher.WindowOf(options.Value);
        ConcurrentMessageLimit = window;
        Endpoint(e => e.PrefetchCount = window); // no more than it waits for: what lies here can't be done elsewhere
    }
}
