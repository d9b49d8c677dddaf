using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>Numbers that the card tells, collected while the pairs are written.</summary>
internal sealed class DatasetFigures
{
    public long Pairs { get; private set; }

    public long Attempts { get; private set; }

    public long Truncated { get; private set; }

    public double DepictedShares { get; private set; }

    /// <summary>How far the checks of reports agree.</summary>
    public CheckAgreement Checks { get; } = new();

    /// <summary>Pairs by the models that servers said answered: who asked, and which model.</summary>
    public SortedDictionary<string, long> Served { get; } = new(StringComparer.Ordinal);

    /// <summary>How near the images are to their reports.</summary>
    public AlignmentFigures Alignment { get; } = new();

    /// <summary>True where a chat model judged the images.</summary>
    public bool IsJudgedByChat { get; private set; }

    public SortedDictionary<string, long> Rejected { get; } = new(StringComparer.Ordinal);

    /// <summary>Pairs of each split.</summary>
    public IReadOnlyDictionary<string, long> Splits => _splits;

    /// <summary>Of each of <see cref="ChexpertLabels.All"/>, how many reports have each value.</summary>
    public IReadOnlyList<long[]> Labels { get; } = [.. ChexpertLabels.All.Select(_ => new long[ChexpertLabels.ValueNames.Count])];

    private readonly Dictionary<string, long> _splits = SplitNames.All.ToDictionary(split => split, _ => 0L);

    public void Add(PairRecord pair)
    {
        Pairs++;
        Attempts += pair.Attempts;
        Truncated += pair.PromptTruncated ? 1 : 0;
        DepictedShares += pair.DepictedShare;
        _splits[pair.Split]++;
        foreach (var (counts, value) in Labels.Zip(pair.Labels))
            counts[(int)value]++;
    }

    /// <summary>What the models of one pair said of themselves.</summary>
    public void AddModels(RadiologyReport report, CurationVerdict verdict)
    {
        Checks.Add(report.Attempts);
        Alignment.Add(verdict.Alignment);
        IsJudgedByChat |= verdict.HasServedModel || verdict.Answers.Any(a => a.HasSaid);
        foreach (var model in report.Attempts.Where(a => a.HasServedModel).Select(a => a.ServedModel).Distinct(StringComparer.Ordinal))
            Count(Served, $"report writer {model}");
        if (verdict.HasServedModel)
            Count(Served, $"judge {verdict.ServedModel}");
    }

    public JsonObject ToJson(EntityUseStatistics use)
    {
        var json = new JsonObject
        {
            ["pairs"] = Pairs,
            ["splits"] = new JsonObject(SplitNames.All.Select(split => KeyValuePair.Create(split, (JsonNode?)_splits[split]))),
            ["attempts"] = Attempts,
            ["truncated_prompts"] = Truncated,
            ["depicted_share"] = DepictedShares / Pairs,
            ["rejected"] = new JsonObject(Rejected.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value))),
            ["entity_use"] = JsonNode.Parse(use.ToJson()),
        };
        if (Checks.Texts > 0)
            json["checks"] = Checks.ToJson();
        if (Served.Count > 0)
            json["served_models"] = new JsonObject(Served.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value)));
        if (Alignment.Count > 0)
            json["alignment"] = Alignment.ToJson();
        return json;
    }

    public void AddRejected(IEnumerable<string> reasons)
    {
        foreach (var reason in reasons)
            Count(Rejected, reason);
    }

    private static void Count(SortedDictionary<string, long> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;
}
