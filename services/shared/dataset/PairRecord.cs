using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.SealedDatasets.Tables;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A pair without its files: a row of <c>metadata.parquet</c>.</summary>
public sealed record PairRecord
{
    public required long Index { get; init; }

    /// <summary>One of <see cref="Splits.SplitNames"/>.</summary>
    public required string Split { get; init; }

    /// <summary>Number of its shard among those of its split.</summary>
    public required int Shard { get; init; }

    /// <summary>Path of the PNG in its shard, and in a folder that the shards are unpacked into.</summary>
    public required string FileName { get; init; }

    /// <summary>SHA-256 of the 8-bit gray pixels, row-major.</summary>
    public required string PixelsSha256 { get; init; }

    /// <summary>SHA-256 of the pair's <c>.json</c> in its shard.</summary>
    public required string JsonSha256 { get; init; }

    /// <summary>SHA-256 of the pair's <c>.report.txt</c> in its shard.</summary>
    public required string ReportSha256 { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Ids of the vocabulary's entities, findings first; at least one.</summary>
    public required IReadOnlyList<string> Entities { get; init; }

    /// <summary>Share of the findings that the generator says it can render, 0 to 1.</summary>
    public required double DepictedShare { get; init; }

    public required string Findings { get; init; }

    public required string Impression { get; init; }

    /// <summary>What the report says of each of <see cref="ChexpertLabels.All"/>, in that order.</summary>
    public required IReadOnlyList<LabelValue> Labels { get; init; }

    /// <summary>Decimal text: many Parquet readers have no unsigned 64-bit integer.</summary>
    public required string ReportSeed { get; init; }

    /// <inheritdoc cref="ReportSeed"/>
    public required string ImageSeed { get; init; }

    /// <summary>Attempts to make the pair, the accepted one included.</summary>
    public required int Attempts { get; init; }

    /// <summary>Entity sets that the index had before this one.</summary>
    public required int SetsReplaced { get; init; }

    /// <summary>How often the report service wrote and checked a section, FINDINGS and IMPRESSION together.</summary>
    public required int ReportAttempts { get; init; }

    /// <summary>Tokens of the prompt before it was cut, with start and end marks.</summary>
    public required int PromptTokens { get; init; }

    public required bool PromptTruncated { get; init; }

    /// <summary>The <c>CurationVerdict</c> as canonical JSON.</summary>
    public required string Verdict { get; init; }

    /// <summary>Cosine similarity to the nearest training image of the generator; 0 where that was not measured.</summary>
    public required double TrainingLikeness { get; init; }

    /// <summary>Its place among the pairs, 1 for the most alike; 0 where that was not measured.</summary>
    public required int TrainingLikenessRank { get; init; }

    /// <summary>HMAC of that training image's name, lower-case hex; empty where that was not measured.</summary>
    public required string NearestTrainingHmac { get; init; }

    public required string ReportModel { get; init; }

    public required string ReportModelDigest { get; init; }

    public required string CheckerDigest { get; init; }

    public required string ImageModel { get; init; }

    public required string ImageModelDigest { get; init; }

    public required string JudgeModel { get; init; }

    public required string JudgeModelDigest { get; init; }

    /// <summary>SHA-256 of the PNG.</summary>
    public string ImageSha256 { get; init; } = "";

    /// <summary>First byte of the PNG in its shard.</summary>
    public long ImageOffset { get; init; }

    /// <summary>Size of the PNG.</summary>
    public long ImageSize { get; init; }

    /// <summary>How the image came to be, an address of IPTC's list; empty in a set whose pictures have no marks.</summary>
    public string DigitalSourceType { get; init; } = "";

    /// <summary>IMPRESSION, then FINDINGS, those that are not empty.</summary>
    public string Report => string.Join(' ', Sections);

    /// <summary>IMPRESSION and FINDINGS, those that are not empty.</summary>
    public IReadOnlyList<string> Sections => PairTexts.List(Impression, Findings);

    /// <summary>
    /// The leaf of the pair under the Merkle root: canonical JSON of all columns by name, with "" or 0 in the columns that are not in the
    /// root.
    /// </summary>
    public byte[] ToLeaf() => CanonicalJson.Write(new JsonObject(
        PairTableSchema.Instance.Columns.Where(c => !c.MayLack).Select(c => KeyValuePair.Create(c.Name, (JsonNode?)c.ToLeafValue(this)))));

    /// <summary>The first leaf, before those of the pairs: the spec that the data set was made to.</summary>
    public static byte[] SpecLeaf(string specDigest) => Encoding.UTF8.GetBytes("spec|" + specDigest);
}
