using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Curation;

internal static class CurationMetrics
{
    private const string Name = "SynCxr.Mesh.Curation";
    private static readonly ActivitySource _source = new(Name);
    private static readonly Meter _meter = new(Name);
    private static readonly Counter<long> _verdicts = _meter.CreateCounter<long>("syncxr.curation.verdicts",
        description: "Verdicts by outcome.");
    private static readonly Counter<long> _rejects = _meter.CreateCounter<long>("syncxr.curation.refusals",
        description: "Reasons of refused images; an image may have several.");
    private static readonly Counter<long> _duplicates = _meter.CreateCounter<long>("syncxr.curation.duplicates",
        description: "Near-duplicates found.");

    public static Activity? StartAssess() => _source.StartActivity("curation.assess");

    public static Activity? StartFindDuplicates() => _source.StartActivity("curation.find-duplicates");

    public static void RecordVerdict(Verdict verdict)
    {
        _verdicts.Add(1, new KeyValuePair<string, object?>("accepted", verdict.Accepted));
        foreach (var reason in verdict.Reasons)
            _rejects.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    public static void RecordDuplicates(int count) => _duplicates.Add(count);
}
