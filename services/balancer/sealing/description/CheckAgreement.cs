using System.Text.Json.Nodes;
using SynCxr.Mesh.Report.V1;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>
/// How far the checks of a data set agree: of the texts that were written for its pairs' reports, the rejected ones included, how many pass
/// each, all and any. A report without an accepted text is no part of a pair, and not counted.
/// </summary>
internal sealed class CheckAgreement
{
    private readonly SortedDictionary<string, long> _passed = new(StringComparer.Ordinal);

    /// <summary>Texts that several checks read; 0 in a data set with one check.</summary>
    public long Texts { get; private set; }

    /// <summary>Texts that pass a check, whatever the others say, by its name.</summary>
    public IReadOnlyDictionary<string, long> Passed => _passed;

    public long PassedAll { get; private set; }

    public long PassedAny { get; private set; }

    public void Add(IEnumerable<ReportAttempt> attempts)
    {
        foreach (var checks in attempts.Where(attempt => attempt.Verdicts is not null).Select(attempt => attempt.Verdicts.Checks))
        {
            Texts++;
            foreach (var verdict in checks)
                _passed[verdict.Check] = _passed.GetValueOrDefault(verdict.Check) + (verdict.Passed ? 1 : 0);
            PassedAll += checks.All(verdict => verdict.Passed) ? 1 : 0;
            PassedAny += checks.Any(verdict => verdict.Passed) ? 1 : 0;
        }
    }

    /// <summary>The figures as the manifest has them.</summary>
    public JsonObject ToJson() => new()
    {
        ["texts"] = Texts,
        ["passed"] = new JsonObject(_passed.Select(check => KeyValuePair.Create(check.Key, (JsonNode?)check.Value))),
        ["passed_all"] = PassedAll,
        ["passed_any"] = PassedAny,
    };
}
