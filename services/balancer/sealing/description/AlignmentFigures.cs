using System.Text.Json.Nodes;
using SynCxr.Mesh.Curation.V1;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>How near the images of accepted pairs are to their reports.</summary>
internal sealed class AlignmentFigures
{
    private readonly List<double> _cosines = [];

    /// <summary>Pairs that it was measured of.</summary>
    public int Count => _cosines.Count;

    /// <summary>Those of them with a text that is longer than the model reads.</summary>
    public long Truncated { get; private set; }

    public double Min => _cosines.Min();

    public double Max => _cosines.Max();

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median
    {
        get
        {
            double[] sorted = [.. _cosines.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <param name="alignment">Of one pair; null where it was not measured.</param>
    public void Add(ReportAlignment? alignment)
    {
        if (alignment is null)
            return;
        _cosines.Add(alignment.Similarity);
        Truncated += alignment.Truncated ? 1 : 0;
    }

    public JsonObject ToJson() => new()
    {
        ["min"] = Min,
        ["median"] = Median,
        ["max"] = Max,
        ["truncated"] = Truncated,
    };
}
