namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>
/// The entities of one list, ordered by the uses they have left, most first. Equal capacities lie together, so that
/// taking a use or giving one back is one swap at the edge of a bucket: O(1), and the entities at their cap are
/// always the tail that no draw looks at.
/// </summary>
internal sealed class CapacityBuckets
{
    private readonly int[] _order;
    private readonly int[] _position;
    private readonly int[] _capacity;
    private readonly int[] _atLeast; // [c] = entities with capacity c or more

    /// <param name="entities">Entity numbers, in the order that breaks ties.</param>
    /// <param name="capacity">Uses left, by entity number.</param>
    public CapacityBuckets(ReadOnlySpan<int> entities, int[] capacity)
    {
        _capacity = capacity;
        _position = new int[capacity.Length];
        _order = new int[entities.Length];
        foreach (var e in entities)
            MaxUsesLeft = Math.Max(MaxUsesLeft, capacity[e]);
        _atLeast = new int[MaxUsesLeft + 2];
        foreach (var e in entities)
            _atLeast[capacity[e]]++;
        for (var c = MaxUsesLeft - 1; c >= 0; c--)
            _atLeast[c] += _atLeast[c + 1];
        var next = new int[MaxUsesLeft + 1];
        for (var c = 0; c <= MaxUsesLeft; c++)
            next[c] = _atLeast[c + 1];
        foreach (var e in entities)
        {
            var p = next[capacity[e]]++;
            _order[p] = e;
            _position[e] = p;
        }
    }

    /// <summary>The most uses that any entity has left.</summary>
    public int MaxUsesLeft { get; private set; }

    /// <summary>Entities that are not at their cap: positions 0 to this - 1.</summary>
    public int AvailableCount => _atLeast.Length > 1 ? _atLeast[1] : 0;

    public int this[int position] => _order[position];

    /// <summary>Positions of the entities with exactly <paramref name="capacity"/> uses left.</summary>
    public (int From, int To) Bucket(int capacity) => (_atLeast[capacity + 1], _atLeast[capacity]);

    public void TakeUse(int entity)
    {
        var c = _capacity[entity]--;
        Swap(_position[entity], --_atLeast[c]);
        while (MaxUsesLeft > 0 && _atLeast[MaxUsesLeft] == 0)
            MaxUsesLeft--;
    }

    public void ReturnUse(int entity)
    {
        var c = ++_capacity[entity];
        Swap(_position[entity], _atLeast[c]++);
        MaxUsesLeft = Math.Max(MaxUsesLeft, c);
    }

    private void Swap(int a, int b)
    {
        (_order[a], _order[b]) = (_order[b], _order[a]);
        _position[_order[a]] = a;
        _position[_order[b]] = b;
    }
}
