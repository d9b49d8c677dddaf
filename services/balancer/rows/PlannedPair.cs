namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>A pair as it is planned, in SQL: a plan is too long for a change tracker.</summary>
internal static class PlannedPair
{
    public const string Columns = """
        "Dataset", "Tenant", "Index", "Shard", "EntitiesJson", "Embedding", "PromptTruncated", "Stage", "Version", "Attempt", "SetNumber", "ReportAttempt",
        "ImageSize", "DueMs", "Tries", "TriesInAll", "ReportMs", "ImageMs", "CurationMs", "DoneMs",
        "ReportJson", "Findings", "Impression", "ImageSha256", "ImageJson", "VerdictJson", "ClaimedBy", "Host"
        """;

    /// <summary>Takes the parameters <c>@dataset</c>, <c>@tenant</c> and <c>@size</c>; what the two databases spell in their own way is given.</summary>
    public static string Values(string index, string entities, string noBytes, string no) => $"""
        @dataset, @tenant, {index}, {index} / @size, {entities}, {noBytes}, {no}, 1, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        '', '', '', '', '', '', '', ''
        """;
}
