namespace SynCxr.Mesh.Messages;

/// <summary>Command: take one pair as far as it goes. Competing consumers in the balancer replicas; a double does nothing.</summary>
public sealed record AssemblePair(Guid CorrelationId, string Tenant, string Dataset, long Index);

/// <summary>Event: a pair is in the data set.</summary>
public sealed record PairAccepted(Guid CorrelationId, string Tenant, string Dataset, long Index, int Attempt);

/// <summary>Event: an attempt of a pair was refused; the pair goes on with its next attempt.</summary>
public sealed record PairRejected(Guid CorrelationId, string Tenant, string Dataset, long Index, int Attempt,
    IReadOnlyList<string> Reasons);

/// <summary>Command: every pair of a shard is judged; hold them against each other and, when all shards are through, seal.</summary>
public sealed record DeduplicateShard(Guid CorrelationId, string Tenant, string Dataset, int Shard);

/// <summary>Event: a data set is complete.</summary>
public sealed record DatasetSealed(Guid CorrelationId, string Tenant, string Dataset, string Root);

/// <summary>Event: a data set can't be completed.</summary>
public sealed record DatasetFailed(Guid CorrelationId, string Tenant, string Dataset, string Error);
