using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Report.Labelling;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report;

/// <summary>The RPCs: check the request, hand it to <see cref="ReportGenerator"/>, map the answer.</summary>
internal sealed class ReportService(
    IOptions<ReportOptions> options, ReportWriterRegistry writers, EntityCheckRegistry checks, TextEncoderCatalogue encoders,
    [FromKeyedServices(ReportOptions.Section)] RequestConcurrencyLimiter limiter,
    [FromKeyedServices(ReportOptions.Section)] ModelQueues modelQueues, ReportMetrics metrics, ILogger<ReportService> logger)
    : V1.ReportService.ReportServiceBase
{
    public override async Task GenerateReport(
        GenerateReportRequest request, IServerStreamWriter<GenerateReportResponse> responseStream, ServerCallContext context)
    {
        await foreach (var reportEvent in GenerateAsync(request.Spec, CallPriority.Watched, context, context.CancellationToken))
        {
            var response = ReportMapping.ToResponse(reportEvent, request.Spec.Seed, FindWriter(request.Spec),
                checks.Find(request.Spec.Checks));
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override async Task<WriteReportResponse> WriteReport(WriteReportRequest request, ServerCallContext context)
    {
        await foreach (var reportEvent in GenerateAsync(request.Spec, CallPriority.Unwatched, context, context.CancellationToken))
        {
            if (reportEvent is not ReportEvent.Finished finished)
                continue;
            var report = ReportMapping.ToRadiologyReport(finished.Report, request.Spec.Seed, FindWriter(request.Spec),
                checks.Find(request.Spec.Checks));
            return new WriteReportResponse { Report = report };
        }

        throw new InvalidOperationException("The generator ended without a report.");
    }

    public override async Task<ExtractEntitiesResponse> ExtractEntities(ExtractEntitiesRequest request, ServerCallContext context)
    {
        ReportRequestMapping.CheckText(request.Text);
        var glossary = ReportRequestMapping.ToGlossary(request.Glossary, "glossary");
        using var slot = await limiter.EnterAsync(context, RequestContext.Current.Tenant);
        var mentions = await checks.Default.TagAsync(request.Text, glossary, context.CancellationToken);
        return new ExtractEntitiesResponse
        {
            Mentions = { mentions.Select(ReportMapping.ToEntityMention) },
            Checker = ReportMapping.ToProducer(checks.Default, seed: 0),
        };
    }

    public override async Task<LabelReportResponse> LabelReport(LabelReportRequest request, ServerCallContext context)
    {
        ReportRequestMapping.CheckReport(request.Text);
        using var slot = await limiter.EnterAsync(context, RequestContext.Current.Tenant);
        return ReportMapping.ToLabelResponse(ChexpertLabeler.Label(request.Text));
    }

    public override async Task<EmbedTextsResponse> EmbedTexts(EmbedTextsRequest request, ServerCallContext context)
    {
        var texts = ReportRequestMapping.ToTexts(request.Texts);
        using var slot = await limiter.EnterAsync(context, RequestContext.Current.Tenant);
        var loaded = await Task.Run(() => encoders.Load(request.Model, "model"), context.CancellationToken);
        return ReportMapping.ToResponse(await loaded.Encoder.EmbedAsync(texts, context.CancellationToken), loaded);
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(
        new ListModelsResponse
        {
            Models =
            {
                writers.All.OrderByDescending(m => m.Name == options.Value.Writer).Select(ReportMapping.ToModelDescription),
                checks.All.Select(ReportMapping.ToModelDescription),
                ReportMapping.DescribeLabeler(),
                encoders.List().Select(entry => ReportMapping.Describe(entry.Card, entry.Digest, encoders)),
            },
        });

    private async IAsyncEnumerable<ReportEvent> GenerateAsync(
        ReportSpec? spec, int priority, ServerCallContext context,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = ReportRequestMapping.ToRequest(spec, options.Value);
        var writer = FindWriter(spec!);
        var queue = writer.Concurrency is { } few ? modelQueues.Before(writer.Name, few) : limiter;
        using var slot = await queue.EnterAsync(context, RequestContext.Current.Tenant, priority);
        using var span = ReportMetrics.StartReport(request.Entities.Count);
        await foreach (var reportEvent in new ReportGenerator(writer, checks.Find(spec!.Checks)).StreamAsync(request, cancellation))
        {
            if (reportEvent is ReportEvent.AttemptEnded { Attempt: var attempt })
            {
                metrics.RecordAttempt(attempt);
                if (!attempt.Accepted)
                    Log.AttemptRejected(logger, attempt.Step.ToString(), attempt.Number, string.Join(", ", attempt.Missing),
                        string.Join(", ", attempt.Extra), attempt.Fault?.Problem ?? "none", attempt.Text);
            }
            else if (reportEvent is ReportEvent.Finished { Report: var report })
            {
                metrics.RecordReport();
                Log.Generated(logger, request.Entities.Count, writer.Name, report.Attempts.Count);
            }

            yield return reportEvent;
        }
    }

    private IReportWriter FindWriter(ReportSpec spec) => writers[spec.Model.Length == 0 ? options.Value.Writer : spec.Model];
}
