using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynCxr.Mesh.Report.Writing;

namespace SynCxr.Mesh.Report;

/// <summary>Spans and metrics of the report service.</summary>
internal sealed class ReportMetrics : IDisposable
{
    public const string Name = "SynCxr.Mesh.Report";

    private static readonly ActivitySource Source = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _attempts;

    public ReportMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _reports = _meter.CreateCounter<long>("syncxr.report.reports", "{report}", "Finished reports.");
        _attempts = _meter.CreateCounter<long>("syncxr.report.attempts", "{attempt}", "Texts held against their entity set.");
    }

    public static Activity? StartReport(int entities) => Source.StartActivity("report.generate")?.SetTag("syncxr.entities", entities);

    public void RecordAttempt(ReportAttempt attempt) => _attempts.Add(
        1, new KeyValuePair<string, object?>("step", attempt.Step.ToString()),
        new KeyValuePair<string, object?>("accepted", attempt.Accepted));

    public void RecordReport() => _reports.Add(1);

    public void Dispose() => _meter.Dispose();
}
