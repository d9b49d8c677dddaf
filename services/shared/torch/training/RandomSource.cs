using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>
/// A SplitMix64 stream (Steele et al. 2014). Its state is never saved: a stream is created anew from (seed, purpose, number), so that step
/// 700 gets the same numbers after a resume as without.
/// </summary>
public sealed class RandomSource
{
    private ulong _state;

    private RandomSource(ulong state) => _state = state;

    /// <summary>The stream of one purpose and number (a step, an epoch, an image) under a seed.</summary>
    public static RandomSource Create(ulong seed, string purpose, long number)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{seed:x16}|{purpose}|{number}"), digest);
        return new RandomSource(BinaryPrimitives.ReadUInt64BigEndian(digest));
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>0 up to, not including, <paramref name="bound"/>.</summary>
    public int NextInt(int bound) => (int)(NextUInt64() % (ulong)bound);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * ((NextUInt64() >> 11) * (1.0 / (1UL << 53)));

    /// <summary>True with the given probability.</summary>
    public bool NextBool(double probability) => NextDouble(0, 1) < probability;

    public T PickOne<T>(IReadOnlyList<T> items) => items[NextInt(items.Count)];

    /// <summary>Standard normal (Box and Muller 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble(0, 1))) * Math.Cos(2 * Math.PI * NextDouble(0, 1));

    /// <summary>0..n-1 in random order.</summary>
    public int[] Permutation(int n)
    {
        var order = Enumerable.Range(0, n).ToArray();
        for (var i = n - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}

/// <summary>Which items a step trains on: every epoch is a permutation of all, and the order is a pure function of seed and step.</summary>
public sealed class BatchOrder(ulong seed, string purpose, int samples, int batch)
{
    private (long Epoch, int[] Order) _current = (-1, []);

    public int[] Indices(long step) => [.. Enumerable.Range(0, batch).Select(i => SampleAt(step * batch + i))];

    /// <summary>The item at a position of the endless sequence of epochs.</summary>
    public int SampleAt(long position)
    {
        if (position / samples != _current.Epoch)
            _current = (position / samples, RandomSource.Create(seed, purpose + " epoch", position / samples).Permutation(samples));
        return _current.Order[position % samples];
    }
}

/// <summary>
/// Batches with equally many items of each source, so that the largest source does not dominate. Where the batch does not divide evenly,
/// the sources take turns at having one more.
/// </summary>
/// <param name="sources">Item numbers of each source.</param>
public sealed class BalancedSourceOrder(ulong seed, string purpose, IReadOnlyList<int[]> sources, int batch)
{
    private readonly BatchOrder[] _orders = [.. sources.Select((s, i) => new BatchOrder(seed, $"{purpose} {i}", s.Length, batch))];

    public int[] Indices(long step)
    {
        var indices = new List<int>(batch);
        for (var i = 0; i < sources.Count; i++)
        {
            for (var at = SamplesBefore(i, step); at < SamplesBefore(i, step + 1); at++)
                indices.Add(sources[i][_orders[i].SampleAt(at)]);
        }

        return [.. indices];
    }

    /// <summary>How many items of a source the steps before this one have used.</summary>
    private long SamplesBefore(int source, long step) => (step * batch - source + sources.Count - 1) / sources.Count;
}
