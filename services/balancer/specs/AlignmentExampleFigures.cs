using System.Text.Json.Nodes;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>
/// What the threshold of an alignment does to examples, a member of the engine that measures it. Recorded; no part of the digest.
/// </summary>
internal static class AlignmentExampleFigures
{
    /// <summary>The member of an engine's JSON object.</summary>
    public const string Key = "examples";

    private const string Matched = "matched", MatchedRejected = "matched_rejected", Shuffled = "shuffled",
        ShuffledAccepted = "shuffled_accepted";

    /// <summary>How many of the examples the threshold is wrong about; null without examples or threshold.</summary>
    public static JsonObject? Count(AlignmentExamples? examples, ResolvedAlignment? alignment) =>
        examples is null || alignment?.Threshold is not { } threshold ? null : new JsonObject
        {
            ["data_digest"] = examples.DataDigest,
            [Matched] = examples.Matched.Count,
            [MatchedRejected] = examples.Matched.Count(cosine => cosine < threshold),
            [Shuffled] = examples.Shuffled.Count,
            [ShuffledAccepted] = examples.Shuffled.Count(cosine => cosine >= threshold),
        };

    /// <summary>Pairs that belong together and are rejected, and shuffled ones that are accepted; null where it was not measured.</summary>
    public static (WilsonInterval FalseRejects, WilsonInterval FalseAccepts)? Find(ResolvedDataset dataset) =>
        dataset.Engines.Select(engine => engine[Key]).OfType<JsonObject>().FirstOrDefault() is not { } found ? null
            : (new WilsonInterval((long)found[MatchedRejected]!, (long)found[Matched]!),
                new WilsonInterval((long)found[ShuffledAccepted]!, (long)found[Shuffled]!));
}
