namespace SynCxr.Mesh.Balancer.Messages;

/// <summary>Command: take one pair as far as it goes. The balancer's replicas compete for it; a second copy does nothing.</summary>
public sealed record AssemblePair(Guid CorrelationId, string Tenant, string Dataset, long Index);

/// <summary>
/// Command: every pair of a shard is judged; look for near-duplicates among them and, when all shards are through, seal the data set.
/// </summary>
public sealed record DeduplicateShard(Guid CorrelationId, string Tenant, string Dataset, int Shard);

/// <summary>Event: a pair is in the data set.</summary>
public sealed record PairAccepted(Guid CorrelationId, string Tenant, string Dataset, long Index, int Attempt);

/// <summary>Event: an attempt of a pair was rejected; the pair goes on with its next attempt.</summary>
public sealed record PairRejected(Guid CorrelationId, string Tenant, string Dataset, long Index, int Attempt,
    IReadOnlyList<string> Reasons);
