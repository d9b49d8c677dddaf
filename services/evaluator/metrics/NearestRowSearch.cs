namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>The most similar row of another set.</summary>
internal readonly record struct NearestRow(int Index, double Cosine);

/// <summary>Nearest rows by cosine; rows are of unit length.</summary>
internal static class NearestRowSearch
{
    /// <summary>For each row of <paramref name="queries"/> the nearest of <paramref name="candidates"/>; of equals, the first.</summary>
    public static NearestRow[] Find(IReadOnlyList<float[]> queries, IReadOnlyList<float[]> candidates)
    {
        if (candidates.Count == 0)
            throw new ArgumentException("The set to search in is empty", nameof(candidates));
        var nearest = new NearestRow[queries.Count];
        Parallel.For(0, queries.Count, i =>
        {
            var best = new NearestRow(-1, double.NegativeInfinity);
            for (var j = 0; j < candidates.Count; j++)
            {
                var cosine = FeatureRows.Dot(queries[i], candidates[j]);
                if (cosine > best.Cosine)
                    best = new NearestRow(j, cosine);
            }

            nearest[i] = best;
        });
        return nearest;
    }
}
