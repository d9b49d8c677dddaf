using System.Text.Json;

namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>How evenly a data set uses its entities: all of them, and each part of a set by itself.</summary>
public sealed record EntityUseStatistics(ListUseStatistics All, ListUseStatistics Findings, ListUseStatistics Anatomy)
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="request">The draw.</param>
    /// <param name="uses">Uses of each of its entities.</param>
    public static EntityUseStatistics FromCounts(SamplingRequest request, long[] uses) => new(
        ListUseStatistics.FromCounts(request.AnatomyPerSet == 0 ? uses.Where((_, e) => request.Entities[e].IsFinding) : uses),
        ListUseStatistics.FromCounts(uses.Where((_, e) => request.Entities[e].IsFinding)),
        ListUseStatistics.FromCounts(uses.Where((_, e) => !request.Entities[e].IsFinding && request.AnatomyPerSet > 0)));

    public static EntityUseStatistics Parse(string json) =>
        JsonSerializer.Deserialize<EntityUseStatistics>(json, _json) ?? throw new FormatException("the figures are null");

    public string ToJson() => JsonSerializer.Serialize(this, _json);
}
