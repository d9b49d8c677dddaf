using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>Which set belongs to which index: a pure function of the request.</summary>
public sealed class SamplingPlan
{
    private readonly SamplingRequest _request;
    private readonly EntitySetTable _sets;

    internal SamplingPlan(SamplingRequest request, EntitySetTable sets, int usageCap, long incompatibleSamples)
    {
        _request = request;
        _sets = sets;
        UsageCap = usageCap;
        IncompatibleSamples = incompatibleSamples;
    }

    /// <summary>Number of sets.</summary>
    public int Count => _sets.Rows;

    /// <summary>tau_max: the one that was asked for, or the smallest that was enough.</summary>
    public int UsageCap { get; }

    /// <summary>Samples that the compatibility filter rejected.</summary>
    public long IncompatibleSamples { get; }

    /// <summary>The set of an index: findings first, then anatomy, each in draw order.</summary>
    public IReadOnlyList<Entity> this[int index]
    {
        get
        {
            var set = new Entity[_sets.Width];
            for (var j = 0; j < set.Length; j++)
                set[j] = _request.Entities[_sets[index][j]];
            return set;
        }
    }

    /// <summary>How evenly all entities are used.</summary>
    public ListUseStatistics ComputeUse() => ListUseStatistics.FromCounts(CountUses());

    /// <summary>Uses of each entity of the request, in its order.</summary>
    public long[] CountUses()
    {
        var counts = new long[_request.Entities.Count];
        for (var row = 0; row < _sets.Rows; row++)
        {
            foreach (var e in _sets[row])
                counts[e]++;
        }

        return counts;
    }
}
