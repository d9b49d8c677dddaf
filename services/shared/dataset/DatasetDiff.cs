using System.Text.Json.Nodes;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>What two sealed data sets differ in, by their manifests and rows.</summary>
/// <param name="Spec">Members of the spec, by path, with both values.</param>
/// <param name="Pairs">Indexes whose leaf differs, with the columns that do; an index that only one has is "missing".</param>
public sealed record DatasetDiff(
    bool SameRoot, IReadOnlyList<(string Path, string First, string Second)> Spec,
    IReadOnlyList<(long Index, IReadOnlyList<string> Columns)> Pairs)
{
    /// <summary>Compares two data sets that were opened.</summary>
    public static DatasetDiff Compare(SealedDataset firstSet, SealedDataset secondSet)
    {
        var (first, second) = (firstSet.Manifest, secondSet.Manifest);
        var spec = new List<(string, string, string)>();
        CompareSpecs(JsonNode.Parse(first.Spec.ToCanonicalJson()), JsonNode.Parse(second.Spec.ToCanonicalJson()), "spec", spec);
        var firstPairs = firstSet.Pairs.ToDictionary(r => r.Index);
        var secondPairs = secondSet.Pairs.ToDictionary(r => r.Index);
        var pairs = new List<(long, IReadOnlyList<string>)>();
        foreach (var index in firstPairs.Keys.Union(secondPairs.Keys).Order())
        {
            var columns = firstPairs.TryGetValue(index, out var one) && secondPairs.TryGetValue(index, out var other)
                ? DifferingColumns(one, other)
                : ["missing"];
            if (columns.Count > 0)
                pairs.Add((index, columns));
        }

        return new DatasetDiff(first.Root == second.Root, spec, pairs);
    }

    private static List<string> DifferingColumns(PairRecord one, PairRecord other)
    {
        var (first, second) = (JsonNode.Parse(one.ToLeaf())!.AsObject(), JsonNode.Parse(other.ToLeaf())!.AsObject());
        return [.. first.Select(m => m.Key).Where(name => !JsonNode.DeepEquals(first[name], second[name]))];
    }

    private static void CompareSpecs(JsonNode? first, JsonNode? second, string path, List<(string, string, string)> found)
    {
        if (first is JsonObject one && second is JsonObject other)
        {
            foreach (var name in one.Select(m => m.Key).Union(other.Select(m => m.Key)).Order(StringComparer.Ordinal))
                CompareSpecs(one[name], other[name], $"{path}.{name}", found);
        }
        else if (!JsonNode.DeepEquals(first, second))
        {
            found.Add((path, first?.ToJsonString() ?? "", second?.ToJsonString() ?? ""));
        }
    }
}
