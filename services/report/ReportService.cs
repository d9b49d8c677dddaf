using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report;

/// <summary>The contract over <see cref="ReportGenerator"/>: validate, delegate, map.</summary>
internal sealed class ReportService(
    IOptions<ReportOptions> options, ReportWriterRegistry models,
    [FromKeyedServices(ReportOptions.Section)] RequestConcurrencyLimiter queue, ReportMetrics telemetry, ILogger<ReportService> logger)
    : V1.ReportService.ReportServiceBase
{
    private readonly IEntityCheck _check = EntityCheckNames.ByName[options.Value.Check];

    public override async Task GenerateReport(
        GenerateReportRequest request, IServerStreamWriter<GenerateReportResponse> responseStream, ServerCallContext context)
    {
        await foreach (var happened in GenerateAsync(request.Spec, context, context.CancellationToken))
            await responseStream.WriteAsync(ReportMapping.ToResponse(happened, request.Spec.Seed, Writer(request.Spec), _check),
                context.CancellationToken);
    }

    public override async Task<WriteReportResponse> WriteReport(WriteReportRequest request, ServerCallContext context)
    {
        await foreach (var happened in GenerateAsync(request.Spec, context, context.CancellationToken))
        {
            if (happened is ReportEvent.Finished finished)
                return new WriteReportResponse
                {
                    Report = ReportMapping.ToRadiologyReport(finished.Report, request.Spec.Seed, Writer(request.Spec), _check),
                };
        }

        throw new InvalidOperationException("the writer ended without a report");
    }

    public override async Task<ExtractEntitiesResponse> ExtractEntities(ExtractEntitiesRequest request, ServerCallContext context)
    {
        ReportRequestMapping.CheckText(request.Text);
        var glossary = ReportRequestMapping.ToGlossary(request.Glossary, "glossary");
        using var place = await queue.EnterAsync(context);
        var mentions = await _check.TagAsync(request.Text, glossary, context.CancellationToken);
        return new ExtractEntitiesResponse
        {
            Mentions = { mentions.Select(ReportMapping.ToEntityMention) },
            Checker = ReportMapping.ToProducer(_check, 0),
        };
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(
        new ListModelsResponse
        {
            Models =
            {
                models.All.OrderByDescending(m => m.Name == options.Value.Writer).Select(ReportMapping.ToModelDescription),
                EntityCheckNames.ByName.Values.OrderByDescending(c => c.Name == options.Value.Check)
                    .Select(ReportMapping.ToModelDescription),
            },
        });

    private async IAsyncEnumerable<ReportEvent> GenerateAsync(
        ReportSpec? spec, ServerCallContext context,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = ReportRequestMapping.ToRequest(spec, options.Value);
        using var place = await queue.EnterAsync(context);
        using var span = ReportMetrics.StartReport(request.Entities.Count);
        var writer = Writer(spec!);
        await foreach (var happened in new ReportGenerator(writer, _check).StreamAsync(request, cancellation))
        {
            if (happened is ReportEvent.AttemptEnded { Attempt: var attempt })
            {
                telemetry.RecordAttempt(attempt);
                if (!attempt.Accepted)
                    Log.AttemptRejected(logger, attempt.Step.ToString(), attempt.Number, string.Join(", ", attempt.Missing),
                        string.Join(", ", attempt.Extra), attempt.Text);
            }
            else if (happened is ReportEvent.Finished { Report: var report })
            {
                telemetry.RecordReport();
                Log.Generated(logger, request.Entities.Count, writer.Name, report.Attempts.Count);
            }

            yield return happened;
        }
    }

    private IReportWriter Writer(ReportSpec spec) => models[spec.Model.Length == 0 ? options.Value.Writer : spec.Model];
}
