using System.Text.Json;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>What Grafana and Prometheus are told to ask for, the services export, on both ways to Prometheus.</summary>
public sealed partial class DashboardTests
{
    private static readonly string _deploy = Path.Combine(Repository.Root, "deploy");

    public static TheoryData<string, string> Queries => [.. Directory.GetFiles(Path.Combine(_deploy, "dashboards"), "*.json")
        .SelectMany(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("panels").EnumerateArray())
        .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
        .Select(target => (target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!))];

    [Theory]
    [MemberData(nameof(Queries))]
    public void Query_EverySeriesAndLabel_IsExportedAndTheLegendHasTheLabels(string expression, string legend)
    {
        ExportedSeriesAssert.Exists(expression);
        var grouped = GroupPattern().Matches(expression).SelectMany(m => m.Groups[1].Value.Split(',')).Select(l => l.Trim());
        Assert.Empty(LegendPattern().Matches(legend).Select(m => m.Groups[1].Value).Except(grouped));
    }

    [Fact]
    public void Alerts_OfThePage_NameSeriesAndLabelsThatAreExported()
    {
        var page = File.ReadAllText(Path.Combine(_deploy, "README.md"));
        var alerts = page[page.IndexOf("### Alerts", StringComparison.Ordinal)..page.IndexOf("### Traces", StringComparison.Ordinal)];
        var expressions = ExpressionPattern().Matches(alerts).Select(m => m.Groups[1].Value).ToList();
        Assert.InRange(expressions.Count, 5, 50);
        Assert.All(expressions, ExportedSeriesAssert.Exists);
    }

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex GroupPattern();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex LegendPattern();

    /// <summary>The second column of the table.</summary>
    [GeneratedRegex(@"^\| [^|]+ \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ExpressionPattern();
}
