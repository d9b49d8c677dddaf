using System.Runtime.Intrinsics;

namespace SynCxr.Mesh.Curation.Likeness;

/// <summary>
/// Cosine of unit vectors in double. Sixteen sums run side by side and are added in a fixed order, whatever the processor: 512-bit
/// vectors are done in halves or one by one where it lacks them, lane by lane the same. Products of two floats are exact in double.
/// </summary>
internal static class CosineSimilarity
{
    /// <summary>Of two vectors of unit length and equal width.</summary>
    public static double Between(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Math.Clamp(Dot(a, b), -1, 1);

    /// <summary>Length of any vector.</summary>
    public static double NormOf(ReadOnlySpan<float> a) => Math.Sqrt(Dot(a, a));

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var low = Vector512<double>.Zero;
        var high = Vector512<double>.Zero;
        var i = 0;
        for (; i + 16 <= a.Length; i += 16)
        {
            var (aLow, aHigh) = Vector512.Widen(Vector512.Create(a.Slice(i, 16)));
            var (bLow, bHigh) = Vector512.Widen(Vector512.Create(b.Slice(i, 16)));
            low += aLow * bLow;
            high += aHigh * bHigh;
        }

        var sums = low + high;
        var sum = 0.0;
        for (var lane = 0; lane < 8; lane++)
            sum += sums[lane];
        for (; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
