using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>How like an image is to the generator's training image that is nearest to it.</summary>
internal static class TrainingLikeness
{
    /// <summary>The check of that name, in a verdict.</summary>
    private const string Check = "memorised";

    /// <summary>Null where the verdict has none.</summary>
    public static Likeness? Find(CurationVerdict verdict) => verdict.Likenesses.FirstOrDefault(l => l.Check == Check);

    /// <inheritdoc cref="Find"/>
    public static Likeness? Parse(string verdictJson) => Find(ProtoJson.Parse<CurationVerdict>(verdictJson));

    /// <summary>
    /// The place of each likeness among them, 1 for the greatest; of equals, the earlier is first. 0 for one that is NaN.
    /// </summary>
    public static int[] Rank(IReadOnlyList<double> likenesses)
    {
        var ranks = new int[likenesses.Count];
        var byLikeness = Enumerable.Range(0, ranks.Length).Where(i => !double.IsNaN(likenesses[i])).OrderByDescending(i => likenesses[i]);
        foreach (var (place, index) in byLikeness.Index())
            ranks[index] = place + 1;
        return ranks;
    }
}
