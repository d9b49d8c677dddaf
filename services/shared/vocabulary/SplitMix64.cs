namespace SynCxr.Mesh.Vocabulary;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): random choices about entities and their words as a pure function of one 64-bit seed, the same
/// on every machine. One thread at a time. The two bounded draws give different numbers; every root depends on which one a caller takes.
/// </summary>
public sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in 0 to <paramref name="bound"/> - 1, without bias (Lemire): for draws whose evenness is promised.</summary>
    public int Next(int bound)
    {
        var range = (uint)bound;
        var product = (ulong)(uint)Next() * range;
        if ((uint)product < range)
        {
            var threshold = (0u - range) % range;
            while ((uint)product < threshold)
                product = (ulong)(uint)Next() * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>
    /// In 0 to <paramref name="count"/> - 1 from exactly one word, biased by less than count / 2^32: for choices of wording.
    /// </summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    /// <summary>True in <paramref name="percent"/> of 100 cases.</summary>
    public bool Chance(int percent) => Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> from)
    {
        ArgumentNullException.ThrowIfNull(from);
        return from[Below(from.Count)];
    }

    /// <summary>A new list in random order, by <see cref="Below"/>.</summary>
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

    /// <summary>Orders the values anew in place, by <see cref="Next(int)"/>.</summary>
    public void Shuffle(Span<int> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
