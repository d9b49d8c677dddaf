using System.Globalization;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>The metrics of a process at one moment, read from <c>/metrics</c>.</summary>
public sealed partial class MetricsPage
{
    private readonly List<(string Name, string Labels, double Value)> _samples;

    private MetricsPage(List<(string, string, double)> samples) => _samples = samples;

    /// <param name="json">Address of the process's JSON port.</param>
    public static async Task<MetricsPage> ReadAsync(HttpClient http, string json)
    {
        var text = await http.GetStringAsync(new Uri(json.TrimEnd('/') + "/metrics"));
        return new MetricsPage([.. SamplePattern().Matches(text).Select(m => (
            m.Groups["name"].Value, m.Groups["labels"].Value, double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture)))]);
    }

    /// <summary>The sum of the samples of a name that have all of the labels, each given as <c>key="value"</c>.</summary>
    public double Sum(string name, params string[] labels) => SamplesOf(name, labels).Sum(s => s.Value);

    /// <summary>
    /// Number of measurements that a histogram got since an earlier page, and an upper bound of a quantile of them: the bound of the
    /// bucket that it lies in.
    /// </summary>
    public (double Count, double Bound) Quantile(double quantile, MetricsPage earlier, string name, params string[] labels)
    {
        var count = Sum(name + "_count", labels) - earlier.Sum(name + "_count", labels);
        var buckets = SamplesOf(name + "_bucket", labels).GroupBy(s => BoundPattern().Match(s.Labels).Groups[1].Value)
            .Select(b => (Bound: b.Key == "+Inf" ? double.PositiveInfinity : double.Parse(b.Key, CultureInfo.InvariantCulture),
                Sum: b.Sum(s => s.Value), Label: $"le=\"{b.Key}\""))
            .OrderBy(b => b.Bound);
        foreach (var (bound, sum, label) in buckets)
        {
            if (sum - earlier.Sum(name + "_bucket", [.. labels, label]) >= quantile * count)
                return (count, bound);
        }

        return (count, double.NaN);
    }

    private IEnumerable<(string Name, string Labels, double Value)> SamplesOf(string name, string[] labels) =>
        _samples.Where(s => s.Name == name && labels.All(l => s.Labels.Contains(l, StringComparison.Ordinal)));

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex SamplePattern();

    [GeneratedRegex("le=\"([^\"]+)\"")]
    private static partial Regex BoundPattern();
}
