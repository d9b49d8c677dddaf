using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>
/// Fills one part of all sets, set by set. Far from the end a draw is uniform over the entities that are not at their
/// cap. As soon as an entity could have more uses left than sets remain, the entities with the most capacity left go
/// first: by the Gale–Ryser construction that never strands capacity, so a run at exactly the largest possible number
/// of sets ends well. Where contradictions bar the way, the set is sampled anew, then searched for, then an entity is
/// exchanged with an earlier set.
/// </summary>
internal sealed class SetFiller(EntitySetTable sets, CompatibilityFilter compatibility, ulong seed,
    CancellationToken cancellation = default)
{
    private const int UniformTries = 32;
    private const int Restarts = 4;
    private const int SearchBudget = 20_000;
    private const int SearchWidth = 256;
    private const int ExchangeBudget = 4_000_000;

    /// <summary>Sets between two looks at the token, a power of two.</summary>
    private const int CancellationCheckEvery = 64;
    private readonly SplitMix64 _random = new(seed);
    private CapacityBuckets[] _buckets = [];
    private bool[] _nearEnd = [];

    /// <summary>Samples that a contradiction ruled out.</summary>
    public long IncompatibleSamples { get; private set; }

    /// <summary>The first set that could not be filled, after <see cref="Fill"/> returned false.</summary>
    public int StuckAt { get; private set; } = -1;

    /// <summary>Told after each set that is filled; for measuring.</summary>
    public Action<int>? OnRowFilled { get; init; }

    /// <param name="group">The part to fill.</param>
    /// <param name="capacity">Uses left by entity number; used up on the way.</param>
    /// <param name="mostLeftFirst">True to take the most capacity left from the first set on, false never to, null when it is
    /// needed.</param>
    /// <returns>False when a set could not be filled.</returns>
    /// <exception cref="OperationCanceledException">Nobody wants the sets any more.</exception>
    public bool Fill(SetPart group, int[] capacity, bool? mostLeftFirst = null)
    {
        _buckets = new CapacityBuckets[group.Lists.Count];
        _nearEnd = new bool[group.Lists.Count];
        var left = new int[group.Lists.Count];
        for (var t = 0; t < _buckets.Length; t++)
        {
            var order = (int[])group.Lists[t].Clone();
            _random.Shuffle(order);
            _buckets[t] = new CapacityBuckets(order, capacity);
            for (var row = 0; row < sets.Rows; row++)
                left[t] += group.Demand(row, t) == group.MaxDemand ? 1 : 0;
        }

        for (var row = 0; row < sets.Rows; row++)
        {
            if ((row & (CancellationCheckEvery - 1)) == 0)
                cancellation.ThrowIfCancellationRequested();
            for (var t = 0; t < _buckets.Length; t++)
                _nearEnd[t] = mostLeftFirst ?? left[t] <= _buckets[t].MaxUsesLeft;
            if (!FillRow(group, row))
            {
                StuckAt = row;
                return false;
            }

            OnRowFilled?.Invoke(row);
            for (var t = 0; t < _buckets.Length; t++)
                left[t] -= group.Demand(row, t) == group.MaxDemand ? 1 : 0;
        }

        return true;
    }

    private bool FillRow(SetPart group, int row)
    {
        for (var i = 0; i <= Restarts; i++)
        {
            if (SampleRow(group, row, exchange: false))
                return true;
        }

        var budget = SearchBudget;
        return Search(group, row, group.Start, ref budget) || SampleRow(group, row, exchange: true);
    }

    private bool SampleRow(SetPart group, int row, bool exchange)
    {
        compatibility.BeginSet(sets[row]);
        for (var slot = group.Start; slot < group.End; slot++)
        {
            var list = group.ListAt(row, slot);
            var e = _nearEnd[list] ? -1 : SampleUniformly(_buckets[list], row);
            if (e < 0)
                e = SampleMostUsesLeft(_buckets[list], row);
            if (e < 0 && exchange)
                e = Exchange(group, list, row);
            if (e < 0)
            {
                for (var undo = group.Start; undo < slot; undo++)
                    PutBack(group, row, undo);
                return false;
            }

            Put(group, row, slot, e);
            compatibility.Add(e);
        }

        return true;
    }

    private int SampleUniformly(CapacityBuckets buckets, int row)
    {
        for (var i = 0; i < UniformTries && buckets.AvailableCount > 0; i++)
        {
            var e = buckets[_random.Next(buckets.AvailableCount)];
            if (compatibility.Fits(e))
                return e;
            CountIncompatible(row, e);
        }

        return -1;
    }

    private int SampleMostUsesLeft(CapacityBuckets buckets, int row)
    {
        for (var c = buckets.MaxUsesLeft; c > 0; c--)
        {
            var (from, to) = buckets.Bucket(c);
            if (from == to)
                continue;
            var p = from + _random.Next(to - from);
            for (var i = from; i < to; i++)
            {
                if (compatibility.Fits(buckets[p]))
                    return buckets[p];
                CountIncompatible(row, buckets[p]);
                p = p + 1 == to ? from : p + 1;
            }
        }

        return -1;
    }

    /// <summary>Looks through the sets of entities with capacity left, most capacity first, within a budget.</summary>
    private bool Search(SetPart group, int row, int slot, ref int budget)
    {
        if (slot >= group.End)
            return true;
        var buckets = _buckets[group.ListAt(row, slot)];
        var choices = new int[Math.Min(buckets.AvailableCount, SearchWidth)];
        for (var p = 0; p < choices.Length; p++)
            choices[p] = buckets[p];
        foreach (var e in choices)
        {
            if (--budget < 0)
                return false;
            compatibility.BeginSet(sets[row]);
            if (!compatibility.Fits(e))
                continue;
            Put(group, row, slot, e);
            if (Search(group, row, slot + 1, ref budget))
                return true;
            PutBack(group, row, slot);
        }

        return false;
    }

    /// <summary>Puts an entity with capacity left into an earlier set and hands out the one that it replaces there.</summary>
    private int Exchange(SetPart group, int list, int row)
    {
        var buckets = _buckets[list];
        var budget = ExchangeBudget;
        for (var p = 0; p < buckets.AvailableCount && row > 0; p++)
        {
            cancellation.ThrowIfCancellationRequested(); // one spare entity may be held against millions of sets
            var spare = buckets[p];
            var other = _random.Next(row);
            for (var i = 0; i < row; i++, other = other + 1 == row ? 0 : other + 1)
            {
                for (var slot = group.FirstSlot(other, list); slot < group.End; slot += group.Step)
                {
                    if (--budget < 0)
                        return -1;
                    var candidate = sets[other][slot];
                    if (!compatibility.Fits(candidate) || !FitsInstead(spare, sets[other], slot))
                        continue;
                    sets[other][slot] = spare;
                    buckets.TakeUse(spare);
                    buckets.ReturnUse(candidate);
                    return candidate;
                }
            }
        }

        return -1;
    }

    private bool FitsInstead(int entity, ReadOnlySpan<int> members, int slot)
    {
        for (var j = 0; j < members.Length; j++)
        {
            if (j != slot && members[j] >= 0 && compatibility.AreIncompatible(entity, members[j]))
                return false;
        }

        return true;
    }

    private void Put(SetPart group, int row, int slot, int entity)
    {
        _buckets[group.ListAt(row, slot)].TakeUse(entity);
        sets[row][slot] = entity;
    }

    private void PutBack(SetPart group, int row, int slot)
    {
        _buckets[group.ListAt(row, slot)].ReturnUse(sets[row][slot]);
        sets[row][slot] = -1;
    }

    /// <summary>An entity that the set holds already is no contradiction, only the same draw twice.</summary>
    private void CountIncompatible(int row, int entity) => IncompatibleSamples += sets[row].Contains(entity) ? 0 : 1;
}
