using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Rows;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Columns of <c>rejects.parquet</c>: every refused attempt, by index and attempt. A pure function of the spec, like the pairs.</summary>
internal static class RejectRecords
{
    public static Column<RejectRow>[] Columns { get; } =
    [
        Column<RejectRow>.Long("index", r => r.Index),
        Column<RejectRow>.Int("attempt", r => r.Attempt),
        Column<RejectRow>.Text("step", r => r.Step),
        Column<RejectRow>.TextList("reasons", r => JsonSerializer.Deserialize<string[]>(r.ReasonsJson) ?? []),
        Column<RejectRow>.TextList("entities", r => JsonSerializer.Deserialize<string[]>(r.EntitiesJson) ?? []),
        Column<RejectRow>.Text("findings", r => r.Findings),
        Column<RejectRow>.Text("impression", r => r.Impression),
        Column<RejectRow>.Text("image_sha256", r => r.ImageSha256),
        Column<RejectRow>.Text("pixels_sha256", r => r.ImageJson.Length == 0 ? "" : JsonNode.Parse(r.ImageJson)!["pixels_sha256"]!.GetValue<string>()),
        Column<RejectRow>.Text("evidence", r => r.EvidenceJson),
    ];
}

/// <summary>Columns of <c>run.parquet</c>: what this run cost. Outside the root.</summary>
internal static class RunRecords
{
    public static Column<PairRow>[] Columns { get; } =
    [
        Column<PairRow>.Long("index", p => p.Index),
        Column<PairRow>.Text("tenant", p => p.Tenant),
        Column<PairRow>.Text("host", p => p.Host),
        Column<PairRow>.Int("tries", p => p.TriesInAll),
        Column<PairRow>.Long("report_ms", p => p.ReportMs),
        Column<PairRow>.Long("image_ms", p => p.ImageMs),
        Column<PairRow>.Long("curation_ms", p => p.CurationMs),
        Column<PairRow>.Long("done_unix_ms", p => p.DoneMs),
    ];
}
