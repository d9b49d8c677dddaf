using MassTransit;
using SynCxr.Mesh.Balancer.Messages;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>Runs one round of a shard's duplicate check.</summary>
internal sealed class DeduplicateShardConsumer(ShardDeduplicator check, UnreturnedClaimQueue unreturned) : IConsumer<DeduplicateShard>
{
    public async Task Consume(ConsumeContext<DeduplicateShard> context)
    {
        var shard = context.Message;
        using var caller = RequestContext.Enter(shard.Tenant, shard.CorrelationId.ToString("N"));
        try
        {
            await check.RunAsync(shard.Tenant, shard.Dataset, shard.Shard, context.CancellationToken);
        }
        catch (Exception)
        {
            unreturned.AddShard(shard.Dataset, shard.Shard); // not even its next try could be written
            throw;
        }
    }
}

/// <summary>One at a time: rounds follow one another anyway.</summary>
internal sealed class DeduplicateShardDefinition : ConsumerDefinition<DeduplicateShardConsumer>
{
    public DeduplicateShardDefinition()
    {
        EndpointName = "balancer-deduplicate-shard";
        ConcurrentMessageLimit = 1;
        Endpoint(e => e.PrefetchCount = 1);
    }
}
