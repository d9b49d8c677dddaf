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

    public ReportMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _reports = meter.CreateCounter<long>("syncxr.report.reports", "{report}", "Finished reports.");
        _attempts = meter.CreateCounter<long>("syncxr.report.attempts", "{attempt}", "Texts checked against their entity set.");
    }

    public static Activity? StartReport(int entities) => _source.StartActivity("report.generate")?.SetTag("syncxr.entities", entities);

    public void RecordAttempt(ReportAttempt attempt) => _attempts.Add(
        1, new KeyValuePair<string, object?>("step", attempt.Step.ToString()),
        new KeyValuePair<string, object?>("accepted", attempt.Accepted));

    public void RecordReport() => _reports.Add(1);
}
