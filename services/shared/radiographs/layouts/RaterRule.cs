using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>What one row says of an image.</summary>
internal sealed record Reading(IReadOnlyList<string> Present, IReadOnlyList<string> Uncertain, IReadOnlyList<string> Negative)
{
    /// <summary>Reads the columns of findings.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a cell that is no answer; names line and column.</exception>
    public static Reading From(CsvRow row, IEnumerable<string> columns)
    {
        List<string> present = [], uncertain = [], negative = [];
        foreach (var column in columns)
        {
            if (!FindingCell.TryParse(row[column], out var answer))
                throw row.Table.Refuse(row, column, FindingCell.Expected);
            var into = answer switch
            {
                FindingAnswer.Present => present,
                FindingAnswer.Uncertain => uncertain,
                FindingAnswer.Absent => negative,
                _ => null,
            };
            into?.Add(LabelNormaliser.Normalise(column));
        }

        return new Reading(present, uncertain, negative);
    }

    public bool SaysTheSame(Reading other) => Present.ToHashSet().SetEquals(other.Present)
        && Uncertain.ToHashSet().SetEquals(other.Uncertain) && Negative.ToHashSet().SetEquals(other.Negative);
}

/// <summary>Joins what several raters, or several rows, say of one image, by a policy.</summary>
internal static class RaterRule
{
    /// <summary>Labels that say that nothing was found: they stand alone.</summary>
    private static readonly string[] _nothing = ["no finding", "normal"];

    /// <param name="readings">One a rater; at least one.</param>
    /// <param name="policy">One of <see cref="RaterPolicyNames"/>.</param>
    /// <param name="refuse">The refusal where raters differ and the policy is to refuse.</param>
    public static Reading Join(IReadOnlyList<Reading> readings, string policy, Func<string, MeshException> refuse)
    {
        if (readings.Count == 1 || policy == RaterPolicyNames.First)
            return readings[0];
        if (policy != RaterPolicyNames.Refuse)
            return Vote(readings, isMajority: policy == RaterPolicyNames.Majority);
        return readings.All(r => r.SaysTheSame(readings[0])) ? readings[0]
            : throw refuse($"{readings.Count} raters or rows differ about its image; choose how they are joined: "
                + $"{RaterPolicyNames.Majority}, {RaterPolicyNames.Any} or {RaterPolicyNames.First}");
    }

    private static Reading Vote(IReadOnlyList<Reading> readings, bool isMajority)
    {
        List<string> present = [], uncertain = [], negative = [];
        foreach (var label in readings.SelectMany(r => r.Present.Concat(r.Uncertain).Concat(r.Negative)).Distinct(StringComparer.Ordinal))
        {
            var votes = readings.Count(r => r.Present.Contains(label));
            if (isMajority ? votes * 2 > readings.Count : votes > 0)
                present.Add(label);
            else if (votes == 0 && !readings.Any(r => r.Uncertain.Contains(label)))
                negative.Add(label);
            else if (!_nothing.Contains(label))
                uncertain.Add(label); // one rater who finds nothing says nothing of what the others find
        }

        if (present.Exists(l => !_nothing.Contains(l)))
            present.RemoveAll(_nothing.Contains);
        return new Reading(present, uncertain, negative);
    }
}
