namespace SynCxr.Mesh.Diffusion.Noise;

/// <summary>
/// Philox4x32 with 10 rounds: four random words as a pure function of a counter and a key
/// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The vocabulary's <c>SplitMix64</c> can't be used for noise:
/// an element of a tensor must be reached by its position, without the ones before it, whatever batch, step or device asks for it.
/// </summary>
public static class PhiloxGenerator
{
    /// <summary>The four words at <paramref name="counter"/> of the stream that <paramref name="key"/> names.</summary>
    public static (uint X, uint Y, uint Z, uint W) RandomWords((uint X, uint Y, uint Z, uint W) counter, (uint X, uint Y) key)
    {
        unchecked
        {
            for (var round = 0; round < 10; round++)
            {
                var first = (ulong)0xD2511F53 * counter.X;
                var second = (ulong)0xCD9E8D57 * counter.Z;
                counter = ((uint)(second >> 32) ^ counter.Y ^ key.X, (uint)second, (uint)(first >> 32) ^ counter.W ^ key.Y, (uint)first);
                key = (key.X + 0x9E3779B9, key.Y + 0xBB67AE85);
            }
        }
        return counter;
    }
}
