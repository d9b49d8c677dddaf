namespace SynCxr.Mesh.Overload;

/// <summary>
/// What waits, in an order that is fair. Between tenants: the one that has had the least work done per weight comes next, and one that was
/// away gets no credit for it (start-time fair queueing; Goyal, Vin and Cheng, 1996). Within a tenant: the highest priority first, which
/// rises by one with each <see cref="AgeingStep"/> of waiting, then in order of arrival. Not synchronised: the owner locks.
/// </summary>
internal sealed class TenantFairQueue<T>(TenantWeights weights, TimeProvider time)
{
    /// <summary>What is this much older goes before what has a priority that is higher by one.</summary>
    public static readonly TimeSpan AgeingStep = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, TenantLane> _lanes = new(StringComparer.Ordinal);
    private double _virtualTime;
    private long _arrivals;

    public int Count { get; private set; }

    /// <summary>What one tenant has waiting here.</summary>
    public int CountOf(string tenant) => _lanes.TryGetValue(tenant, out var lane) ? lane.Places.Count : 0;

    /// <param name="cost">The work that it is, in any unit that is the same for all.</param>
    public QueuePlace<T> Add(T item, string tenant, int priority = 0, double cost = 1)
    {
        var place = CreatePlace(item, tenant, priority, cost);
        GetLane(tenant).Places.Add(place);
        Count++;
        return place;
    }

    /// <returns>False when it has left the queue before.</returns>
    public bool Remove(QueuePlace<T> place)
    {
        if (!_lanes.TryGetValue(place.Tenant, out var lane) || !lane.Places.Remove(place))
            return false;
        Count--;
        ForgetIdleLanes();
        return true;
    }

    /// <summary>What comes next; null where nothing waits.</summary>
    /// <param name="without">Tenants that are passed over; null for none.</param>
    public QueuePlace<T>? PeekNext(IReadOnlySet<string>? without = null) =>
        FindNext(_lanes.Values.Where(lane => lane.Places.Count > 0 && without?.Contains(lane.Tenant) is not true)
            .Select(lane => (lane.VirtualTime, Head: lane.Places.Min!)));

    /// <summary>Takes out what the queue named as next: its tenant has had that much work done.</summary>
    public void Dequeue(QueuePlace<T> place)
    {
        var lane = _lanes[place.Tenant];
        _virtualTime = Math.Max(_virtualTime, _lanes.Values.Where(l => l.Places.Count > 0).Min(l => l.VirtualTime));
        lane.VirtualTime += place.Cost / weights.WeightOf(place.Tenant);
        Remove(place);
    }

    /// <summary>All that waits, in no particular order.</summary>
    public IEnumerable<QueuePlace<T>> Places => _lanes.Values.SelectMany(lane => lane.Places);

    /// <summary>What would go before something of this tenant and priority that arrived now, in order.</summary>
    public IEnumerable<QueuePlace<T>> FindAhead(string tenant, int priority)
    {
        var newcomer = CreatePlace(default!, tenant, priority, 0);
        return InOrder(newcomer).TakeWhile(place => place != newcomer);
    }

    /// <summary>The order that everything would be taken in with the newcomer, if nothing else arrived.</summary>
    private IEnumerable<QueuePlace<T>> InOrder(QueuePlace<T> newcomer)
    {
        var own = _lanes.GetValueOrDefault(newcomer.Tenant);
        var ownTime = own?.Places.Count > 0 ? own.VirtualTime : Math.Max(own?.VirtualTime ?? 0, _virtualTime);
        var times = _lanes.ToDictionary(lane => lane.Key, lane => lane.Value.VirtualTime, StringComparer.Ordinal);
        times[newcomer.Tenant] = ownTime;
        var waiting = Places.Append(newcomer).GroupBy(place => place.Tenant)
            .ToDictionary(g => g.Key, g => new Queue<QueuePlace<T>>(g.Order(QueuePlaceComparer<T>.Instance)), StringComparer.Ordinal);
        while (FindNext(waiting.Where(w => w.Value.Count > 0).Select(w => (times[w.Key], w.Value.Peek()))) is { } place)
        {
            yield return waiting[place.Tenant].Dequeue();
            times[place.Tenant] += place.Cost / weights.WeightOf(place.Tenant);
        }
    }

    private static QueuePlace<T>? FindNext(IEnumerable<(double VirtualTime, QueuePlace<T> Head)> heads) =>
        heads.OrderBy(h => h.VirtualTime).ThenBy(h => h.Head.Arrival).Select(h => h.Head).FirstOrDefault();

    private QueuePlace<T> CreatePlace(T item, string tenant, int priority, double cost) =>
        new(item, tenant, time.GetUtcNow() - (priority * AgeingStep), _arrivals++, cost);

    private TenantLane GetLane(string tenant)
    {
        if (!_lanes.TryGetValue(tenant, out var lane))
            _lanes[tenant] = lane = new TenantLane(tenant);
        if (lane.Places.Count == 0)
            lane.VirtualTime = Math.Max(lane.VirtualTime, _virtualTime);
        return lane;
    }

    /// <summary>A lane without places is kept while its tenant is ahead of the others.</summary>
    private void ForgetIdleLanes()
    {
        foreach (var lane in _lanes.Values.Where(l => l.Places.Count == 0 && l.VirtualTime <= _virtualTime).ToList())
            _lanes.Remove(lane.Tenant);
    }

    private sealed class TenantLane(string tenant)
    {
        public string Tenant => tenant;

        /// <summary>The work that was done for the tenant, by weight.</summary>
        public double VirtualTime { get; set; }

        public SortedSet<QueuePlace<T>> Places { get; } = new(QueuePlaceComparer<T>.Instance);
    }
}

/// <summary>A place in a <see cref="TenantFairQueue{T}"/>.</summary>
/// <param name="Rank">Of two of a tenant, the earlier goes first: when it arrived, earlier by its priority.</param>
/// <param name="Arrival">Number of the arrival.</param>
internal sealed record QueuePlace<T>(T Item, string Tenant, DateTimeOffset Rank, long Arrival, double Cost);

internal sealed class QueuePlaceComparer<T> : IComparer<QueuePlace<T>>
{
    public static QueuePlaceComparer<T> Instance { get; } = new();

    public int Compare(QueuePlace<T>? x, QueuePlace<T>? y) => (x!.Rank, x.Arrival).CompareTo((y!.Rank, y.Arrival));
}
