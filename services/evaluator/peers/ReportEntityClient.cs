using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Peers;

/// <summary>Client of the report service: the entities that a text mentions.</summary>
internal sealed class ReportEntityClient(ReportService.ReportServiceClient client)
{
    /// <summary>Each entity once, by list and term.</summary>
    public async Task<IReadOnlyList<(EntityType Type, string Term)>> ExtractAsync(string text, CancellationToken cancellation)
    {
        var answer = await client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = text }, cancellationToken: cancellation);
        return [.. answer.Mentions.Where(m => m.Entity.Length > 0).Select(m => (m.Type, m.Entity)).Distinct()];
    }
}
