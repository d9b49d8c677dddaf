namespace SynCxr.Mesh.Balancer.Draws;

/// <summary>Sebastiano Vigna's SplitMix64: a whole stream out of one 64-bit seed, the same on every machine.</summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in 0 to <paramref name="bound"/> - 1, without bias (Lemire).</summary>
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

    public void Shuffle(Span<int> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
