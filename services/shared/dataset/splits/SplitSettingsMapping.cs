using System.Globalization;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.SealedDatasets.Splits;

/// <summary>Checks the splits of a spec and maps them to those of the resolved spec.</summary>
public static class SplitSettingsMapping
{
    /// <summary>Fills in the rule, and refuses shares that can't be met.</summary>
    /// <exception cref="MeshException">INVALID_FIELD names the share.</exception>
    public static void CheckAndFill(SplitSettings? splits, long pairs, string field)
    {
        if (splits is null)
            return;
        if (!Enum.IsDefined(splits.By))
            throw MeshException.Invalid($"{field}.by",
                $"is {(int)splits.By}; {string.Join(", ", SplitRuleNames.ByName.Keys.Order())} is wanted");
        if (splits.By == SplitRule.Unspecified)
            splits.By = SplitRule.EntitySet;
        var shares = new[] { splits.Train, splits.Valid, splits.Test };
        foreach (var (name, share) in SplitNames.All.Zip(shares))
        {
            if (!(share is >= 0 and <= 1))
                throw MeshException.Invalid($"{field}.{name}", Say($"is {share}; a share of 0 to 1 is wanted"));
            if (share > 0 && share * pairs < 1)
                throw MeshException.Invalid($"{field}.{name}", Say($"is {share}, which of {pairs} pairs is less than one"));
        }

        if (splits.Train == 0)
            throw MeshException.Invalid($"{field}.train", "must be above 0: a data set is made to train on");
        if (!SplitAssigner.CanBeMet(ToResolved(splits)!))
            throw MeshException.Invalid(field, Say($"has shares that add up to {shares.Sum()}, not to 1"));
    }

    public static ResolvedSplits? ToResolved(SplitSettings? splits) => splits is null ? null : new ResolvedSplits(
        splits.By switch
        {
            SplitRule.Balanced => SplitRuleNames.Balanced,
            SplitRule.Share => SplitRuleNames.Share,
            _ => SplitRuleNames.EntitySet,
        },
        splits.Train, splits.Valid, splits.Test);

    private static string Say(FormattableString problem) => problem.ToString(CultureInfo.InvariantCulture);
}
