using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SynCxr.Mesh.Curation;

/// <summary>Spans and metrics of the curation service.</summary>
internal sealed class CurationMetrics
{
    public const string Name = "SynCxr.Mesh.Curation";

    private static readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _verdicts;
    private readonly Counter<long> _rejections;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _refusals;

    public CurationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _verdicts = meter.CreateCounter<long>("syncxr.curation.verdicts", description: "Verdicts by outcome.");
        _rejections = meter.CreateCounter<long>(
            "syncxr.curation.rejections", description: "Reasons of rejected images; an image may have several.");
        _duplicates = meter.CreateCounter<long>("syncxr.curation.duplicates", description: "Near-duplicates found.");
        _refusals = meter.CreateCounter<long>(
            "syncxr.curation.model_refusals", description: "Calls that the server of a chat judge refused and that were sent again.");
    }

    public static Activity? StartAssess() => _source.StartActivity("curation.assess");

    public static Activity? StartFindDuplicates() => _source.StartActivity("curation.find-duplicates");

    public void RecordVerdict(Verdict verdict)
    {
        _verdicts.Add(1, new KeyValuePair<string, object?>("accepted", verdict.Accepted));
        foreach (var reason in verdict.Reasons)
            _rejections.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    /// <param name="kind">Transient or Retry.</param>
    public void RecordModelRefusal(string kind) => _refusals.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void RecordDuplicates(int count) => _duplicates.Add(count);
}
