namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Pointing game (Zhang et al. 2016): does the highest point of a map lie on the mask? Of equal points, the first in reading order.
/// </summary>
internal static class PointingGame
{
    /// <exception cref="ArgumentException">Another size than the mask's, or a value that is not a number.</exception>
    public static bool Hits(IReadOnlyList<float> map, IReadOnlyList<bool> mask)
    {
        if (map.Count != mask.Count || map.Count == 0)
            throw new ArgumentException(
                $"Map and mask must have the same number of pixels, at least one; they have {map.Count} and {mask.Count}");
        var best = 0;
        for (var i = 0; i < map.Count; i++)
        {
            if (float.IsNaN(map[i]))
                throw new ArgumentException("Every value of the map must be a number");
            best = map[i] > map[best] ? i : best;
        }

        return mask[best];
    }
}
