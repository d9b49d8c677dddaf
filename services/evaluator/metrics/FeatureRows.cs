namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Distances between rows of features, summed in double.</summary>
internal static class FeatureRows
{
    public static double Dot(float[] a, float[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    public static double Distance(float[] a, float[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return Math.Sqrt(sum);
    }

    /// <summary>Every distance [rows of a, rows of b].</summary>
    public static double[,] Distances(IReadOnlyList<float[]> a, IReadOnlyList<float[]> b) => Table(a, b, Distance);

    public static double[,] Table(IReadOnlyList<float[]> a, IReadOnlyList<float[]> b, Func<float[], float[], double> entry)
    {
        var table = new double[a.Count, b.Count];
        Parallel.For(0, a.Count, i =>
        {
            for (var j = 0; j < b.Count; j++)
                table[i, j] = entry(a[i], b[j]);
        });
        return table;
    }
}
