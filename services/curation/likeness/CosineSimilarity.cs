using System.Runtime.Intrinsics;

namespace SynCxr.Mesh.Curation.Likeness;

/// <summary>
/// Cosine similarity of unit vectors, computed in double. Sixteen sums run side by side and are added in a fixed order, so every processor
/// gives the same bits: where it lacks 512-bit vectors, the same lanes are computed in parts. Products of two floats are exact in double.
/// </summary>
internal static class CosineSimilarity
{
    /// <summary>The similarity of two vectors of unit length and equal width, -1 to 1.</summary>
    public static double Between(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Math.Clamp(Dot(a, b), -1, 1);

    /// <summary>The Euclidean norm of a vector.</summary>
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
