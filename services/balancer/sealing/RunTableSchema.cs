using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Columns of <c>rejects.parquet</c>: every refused attempt, by index and attempt. A pure function of the spec, like the pairs.
/// </summary>
internal static class RejectTableSchema
{
    public static ParquetColumn<RejectRow>[] Columns { get; } =
    [
        ParquetColumn<RejectRow>.Long("index", r => r.Index),
        ParquetColumn<RejectRow>.Int("attempt", r => r.Attempt),
        ParquetColumn<RejectRow>.Text("step", r => r.Step),
        ParquetColumn<RejectRow>.TextList("reasons", r => JsonSerializer.Deserialize<string[]>(r.ReasonsJson) ?? []),
        ParquetColumn<RejectRow>.TextList("entities", r => JsonSerializer.Deserialize<string[]>(r.EntitiesJson) ?? []),
        ParquetColumn<RejectRow>.Text("findings", r => r.Findings),
        ParquetColumn<RejectRow>.Text("impression", r => r.Impression),
        ParquetColumn<RejectRow>.Text("image_sha256", r => r.ImageSha256),
        ParquetColumn<RejectRow>.Text("pixels_sha256",
            r => r.ImageJson.Length == 0 ? "" : JsonNode.Parse(r.ImageJson)!["pixels_sha256"]!.GetValue<string>()),
        ParquetColumn<RejectRow>.Text("evidence", r => r.EvidenceJson),
    ];
}

/// <summary>Columns of <c>run.parquet</c>: what this run cost. Outside the root.</summary>
internal static class RunTableSchema
{
    public static ParquetColumn<PairRow>[] Columns { get; } =
    [
        ParquetColumn<PairRow>.Long("index", p => p.Index),
        ParquetColumn<PairRow>.Text("tenant", p => p.Tenant),
        ParquetColumn<PairRow>.Text("host", p => p.Host),
        ParquetColumn<PairRow>.Int("tries", p => p.TriesInAll),
        ParquetColumn<PairRow>.Long("report_ms", p => p.ReportMs),
        ParquetColumn<PairRow>.Long("image_ms", p => p.ImageMs),
        ParquetColumn<PairRow>.Long("curation_ms", p => p.CurationMs),
        ParquetColumn<PairRow>.Long("done_unix_ms", p => p.DoneMs),
    ];
}
