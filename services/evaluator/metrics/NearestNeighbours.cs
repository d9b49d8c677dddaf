namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>The most similar row of another set.</summary>
internal readonly record struct Neighbour(int Index, double Cosine);

/// <summary>Nearest rows by cosine; rows are of unit length.</summary>
internal static class NearestNeighbours
{
    /// <summary>For each row of <paramref name="of"/> the nearest of <paramref name="among"/>; of equals, the first.</summary>
    public static Neighbour[] Find(IReadOnlyList<float[]> of, IReadOnlyList<float[]> among)
    {
        if (among.Count == 0)
            throw new ArgumentException("there is nothing to be near to", nameof(among));
        var nearest = new Neighbour[of.Count];
        Parallel.For(0, of.Count, i =>
        {
            var best = new Neighbour(-1, double.NegativeInfinity);
            for (var j = 0; j < among.Count; j++)
            {
                var cosine = Rows.Dot(of[i], among[j]);
                if (cosine > best.Cosine)
                    best = new Neighbour(j, cosine);
            }

            nearest[i] = best;
        });
        return nearest;
    }
}
