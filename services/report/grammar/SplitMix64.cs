namespace SynCxr.Mesh.Report.Grammar;

/// <summary>The grammar's own stream of choices: SplitMix64 (Steele, Lea, Flood 2014), a pure function of its seed.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The stream of one attempt at one step of a report.</summary>
    public static SplitMix64 For(ulong seed, int step, int attempt)
    {
        var mixed = new SplitMix64(seed);
        return new SplitMix64(mixed.Next() ^ ((ulong)step << 32) ^ (uint)attempt);
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in <c>[0, count)</c>.</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    /// <summary>True in <paramref name="percent"/> of 100 cases.</summary>
    public bool Chance(int percent) => Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>A new list in random order.</summary>
    public List<T> Shuffled<T>(IEnumerable<T> items)
    {
        var list = items.ToList();
        for (var last = list.Count - 1; last > 0; last--)
        {
            var other = Below(last + 1);
            (list[last], list[other]) = (list[other], list[last]);
        }

        return list;
    }
}
