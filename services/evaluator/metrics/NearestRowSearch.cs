namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>The most similar row of another set.</summary>
internal readonly record struct NearestRow(int Index, double Cosine);

/// <summary>Nearest rows by cosine; rows are of unit length.</summary>
internal static class NearestRowSearch
{
    /// <summary>For each row of <paramref name="of"/> the nearest of <paramref name="among"/>; of equals, the first.</summary>
    public static NearestRow[] Find(IReadOnlyList<float[]> of, IReadOnlyList<float[]> among)
    {
        if (among.Count == 0)
            throw new ArgumentException("The set to search in is empty", nameof(among));
        var nearest = new NearestRow[of.Count];
        Parallel.For(0, of.Count, i =>
        {
            var best = new NearestRow(-1, double.NegativeInfinity);
            for (var j = 0; j < among.Count; j++)
            {
                var cosine = FeatureRows.Dot(of[i], among[j]);
                if (cosine > best.Cosine)
                    best = new NearestRow(j, cosine);
            }

            nearest[i] = best;
        });
        return nearest;
    }
}
