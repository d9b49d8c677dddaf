namespace SynCxr.Mesh.Imaging;

/// <summary>A length-limited Huffman code in deflate's canonical form (RFC 1951, 3.2.2), a pure function of the counts.</summary>
internal sealed class HuffmanCode
{
    private HuffmanCode(int[] lengths) => (Lengths, Codes) = (lengths, Assign(lengths));

    /// <summary>Bits of each symbol; 0 for one that never occurs.</summary>
    public int[] Lengths { get; }

    /// <summary>Code of each symbol, its first bit lowest, as the bit stream wants it.</summary>
    public int[] Codes { get; }

    /// <summary>Builds a code whose longest word has at most <paramref name="limit"/> bits: counts are halved until it fits.</summary>
    public static HuffmanCode Build(int[] counts, int limit)
    {
        var work = (int[])counts.Clone();
        for (; ; )
        {
            var lengths = Measure(work);
            if (lengths.Max() <= limit)
                return new HuffmanCode(lengths);
            for (var i = 0; i < work.Length; i++)
                work[i] = (work[i] + 1) / 2;
        }
    }

    private static int[] Measure(int[] counts)
    {
        var n = counts.Length;
        var parent = new int[2 * n];
        var queue = new PriorityQueue<int, (long Count, int Order)>();
        for (var i = 0; i < n; i++)
        {
            if (counts[i] > 0)
                queue.Enqueue(i, (counts[i], i));
        }

        var lengths = new int[n];
        if (queue.Count == 1)
        {
            lengths[queue.Dequeue()] = 1;
            return lengths;
        }

        var next = n;
        while (queue.TryDequeue(out var a, out var first) && queue.TryDequeue(out var b, out var second))
        {
            parent[a] = parent[b] = next;
            queue.Enqueue(next, (first.Count + second.Count, next)); // the order makes every comparison strict
            next++;
        }

        for (var i = 0; i < n; i++)
        {
            if (counts[i] == 0)
                continue;
            for (var at = i; at != next - 1; at = parent[at])
                lengths[i]++;
        }

        return lengths;
    }

    private static int[] Assign(int[] lengths)
    {
        var perLength = new int[16];
        foreach (var length in lengths)
            perLength[length]++;
        perLength[0] = 0;
        var next = new int[16];
        for (var bits = 1; bits < 16; bits++)
            next[bits] = (next[bits - 1] + perLength[bits - 1]) << 1;
        var codes = new int[lengths.Length];
        for (var i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] > 0)
                codes[i] = Reverse(next[lengths[i]]++, lengths[i]);
        }

        return codes;
    }

    private static int Reverse(int code, int length)
    {
        var reversed = 0;
        for (var i = 0; i < length; i++)
            reversed |= ((code >> i) & 1) << (length - 1 - i);
        return reversed;
    }
}
