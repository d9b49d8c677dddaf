using System.Collections.Concurrent;

namespace SynCxr.Mesh.Balancer.Assembly;

/// <summary>
/// Claims of this process whose rows took nothing when they were left, since the database was away or its disk full. The reconciler gives
/// them back once it takes writes again; else they would fill the window until they are overdue.
/// </summary>
internal sealed class UnreturnedClaimQueue(PairDispatcher dispatcher)
{
    private readonly ConcurrentDictionary<(string Dataset, long Index), bool> _pairs = new();
    private readonly ConcurrentDictionary<(string Dataset, int Shard), bool> _shards = new();

    public void AddPair(string dataset, long index) => _pairs[(dataset, index)] = true;

    public void AddShard(string dataset, int shard) => _shards[(dataset, shard)] = true;

    /// <summary>Gives back what it can; where the database still takes nothing, the rest stays.</summary>
    public async Task ReturnAllAsync()
    {
        foreach (var pairs in _pairs.Keys.GroupBy(p => p.Dataset))
        {
            await dispatcher.ReleaseAsync(pairs.Key, [.. pairs.Select(p => p.Index)]);
            foreach (var pair in pairs)
                _pairs.TryRemove(pair, out _);
        }

        foreach (var round in _shards.Keys)
        {
            await dispatcher.ReleaseAsync(round.Dataset, round.Shard);
            _shards.TryRemove(round, out _);
        }
    }
}
