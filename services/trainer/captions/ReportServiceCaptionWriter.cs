using Grpc.Core;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Trainer.Captions;

/// <summary>Takes captions from the report service: its IMPRESSION, in the words that prompts will have.</summary>
internal sealed class ReportServiceCaptionWriter(ReportService.ReportServiceClient reports) : ICaptionWriter
{
    public async Task<string?> WriteAsync(IReadOnlyList<string> entities, ulong seed, CancellationToken cancellation)
    {
        var request = new WriteReportRequest { Spec = new ReportSpec { Seed = seed } };
        request.Spec.Entities.AddRange(entities);
        try
        {
            return (await reports.WriteReportAsync(request, cancellationToken: cancellation)).Report.Impression;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
        {
            return null; // ENTITY_CHECK_FAILED: this set can't be worded; the next sample can
        }
    }
}
