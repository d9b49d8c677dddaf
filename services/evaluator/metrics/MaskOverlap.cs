namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>Overlap of two masks. Two empty masks count as full agreement.</summary>
internal readonly record struct MaskOverlap(long Both, long First, long Second)
{
    /// <exception cref="ArgumentException">Masks of two sizes.</exception>
    public static MaskOverlap Compare(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count != second.Count)
            throw new ArgumentException($"Both masks must have the same number of pixels; they have {first.Count} and {second.Count}");
        var both = 0L;
        var one = 0L;
        var other = 0L;
        for (var i = 0; i < first.Count; i++)
        {
            one += first[i] ? 1 : 0;
            other += second[i] ? 1 : 0;
            both += first[i] && second[i] ? 1 : 0;
        }

        return new MaskOverlap(both, one, other);
    }

    public double DiceScore => First + Second == 0 ? 1 : 2.0 * Both / (First + Second);

    public double Iou => First + Second == 0 ? 1 : (double)Both / (First + Second - Both);
}
