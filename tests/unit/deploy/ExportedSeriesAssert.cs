using System.Text.RegularExpressions;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>Holds a PromQL expression against what the services export: a query for a label that no series has finds nothing.</summary>
internal static partial class ExportedSeriesAssert
{
    /// <summary>A bucket's bound, which Prometheus itself adds to a histogram.</summary>
    private const string Bound = "le";

    /// <summary>ASP.NET's own histogram, with the reason that <c>RefusalDetailsMiddleware</c> and its like add.</summary>
    private const string AspNetMetric = "http_server_request_duration_seconds";

    private static readonly string[] _aspNetLabels =
        ["http_route", "http_request_method", "http_response_status_code", "network_protocol_version", "syncxr_reason", "url_scheme"];

    /// <summary>Each metric of an expression has each label that the expression groups or selects by.</summary>
    public static void Exists(string expression)
    {
        var metrics = MetricPattern().Matches(expression).Select(m => m.Value).Distinct().ToList();
        Assert.True(metrics.Count > 0, $"{expression} names no metric of ours or of ASP.NET");
        foreach (var label in GroupPattern().Matches(expression).SelectMany(m => m.Groups[1].Value.Split(','))
            .Concat(SelectorPattern().Matches(expression).Select(m => m.Groups[1].Value)).Select(l => l.Trim()).Distinct())
        {
            foreach (var metric in metrics)
                HasLabel(metric, label);
        }
    }

    /// <summary>A service exports the metric with the label.</summary>
    /// <param name="metric">Its name in Prometheus.</param>
    public static void HasLabel(string metric, string label)
    {
        if (label == Bound)
        {
            Assert.EndsWith("_bucket", metric, StringComparison.Ordinal);
            return;
        }

        if (metric.StartsWith(AspNetMetric, StringComparison.Ordinal))
        {
            Assert.True(_aspNetLabels.Contains(label), $"{metric} has no label '{label}'");
            return;
        }

        var source = BuiltServices.FindMetricSource(metric);
        Assert.True(source is not null, $"{metric} is not a metric of any service");
        Assert.True(Regex.IsMatch(source, $@"new(?: KeyValuePair<string, object\?>)?\(""{label}"", "), $"{metric} has no label '{label}'");
    }

    [GeneratedRegex(@"\b(?:syncxr|http)_[a-z_]+\b(?!\s*(?:=|,|\)\s*\())")]
    private static partial Regex MetricPattern();

    [GeneratedRegex(@"\b(?:by|on|ignoring|without)\s*\(([^)]*)\)")]
    private static partial Regex GroupPattern();

    [GeneratedRegex(@"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)\s*""")]
    private static partial Regex SelectorPattern();
}
