using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report;

/// <summary>Spans and metrics of the report service.</summary>
internal sealed class ReportMetrics
{
    public const string Name = "SynCxr.Mesh.Report";

    private static readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _reports;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _refusals;

    public ReportMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _reports = meter.CreateCounter<long>("syncxr.report.reports", "{report}", "Finished reports.");
        _attempts = meter.CreateCounter<long>("syncxr.report.attempts", "{attempt}", "Texts checked against their entity set.");
        _refusals = meter.CreateCounter<long>("syncxr.report.model_refusals", "{call}",
            "Calls that the language model's server turned away or broke off, and that were sent again.");
    }

    public static Activity? StartReport(int entities) => _source.StartActivity("report.generate")?.SetTag("syncxr.entities", entities);

    public void RecordAttempt(ReportAttempt attempt) => _attempts.Add(
        1, new KeyValuePair<string, object?>("step", attempt.Step.ToString()),
        new KeyValuePair<string, object?>("accepted", attempt.Accepted));

    /// <param name="kind">Transient or Retry.</param>
    public void RecordModelRefusal(string kind) => _refusals.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void RecordReport() => _reports.Add(1);
}
