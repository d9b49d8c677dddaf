using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A model as the digest of a spec knows it.</summary>
public sealed record ModelIdentity(string Name, string Version, string Digest, string Engine);

/// <summary>How entity sets are sampled, with every default filled in.</summary>
public sealed record ResolvedSampling(
    string Vocabulary,
    string VocabularyDigest,
    int FindingsPerSet,
    int AnatomyPerSet,
    int UsageCap,
    double UsageRatio,
    string Sampling,
    string Scope,
    string DepictedDigest)
{
    /// <summary>Weight by entity id; left out where no entity has one, and then no part of the digest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Weights { get; init; }
}

/// <summary>How reports are written.</summary>
public sealed record ResolvedReport(ModelIdentity Writer, ModelIdentity Checker, string Impression, string Matching, int MaxAttempts)
{
    /// <summary>What gives reports their labels. Left out in specs from before there were any, and then no part of the digest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelIdentity? Labeler { get; init; }

    /// <summary>
    /// The checks that a report must pass beside <see cref="Checker"/>, in order. Left out where there is none, and then no part of the
    /// digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ModelIdentity>? FurtherCheckers { get; init; }

    /// <summary>All checks, <see cref="Checker"/> first.</summary>
    [JsonIgnore]
    public IReadOnlyList<ModelIdentity> Checkers => [Checker, .. FurtherCheckers ?? []];
}

/// <summary>How images are rendered.</summary>
public sealed record ResolvedImage(
    ModelIdentity Generator, int Width, int Height, int Steps, double Guidance, string Scheduler, int? NativeSize)
{
    /// <summary>
    /// The fields of <c>syncxr.diffusion.v1.SamplingSettings</c> that are set, by their proto names. Left out where none is, and then no
    /// part of the digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonNode? Sampling { get; init; }

    /// <summary>
    /// What becomes of a prompt that is too long, in snake case: <c>chunk</c>. Left out where it is cut, and then no part of the digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PromptOverflow { get; init; }

    /// <summary>
    /// What is kept of the decoder's colours: <c>rgb</c>. Left out where images are gray, and then no part of the digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Channels { get; init; }
}

/// <summary>How pairs are parted into splits; the three shares add up to 1.</summary>
/// <param name="By">One of <see cref="Splits.SplitRuleNames"/>.</param>
public sealed record ResolvedSplits(string By, double Train, double Valid, double Test);

/// <summary>A bank of known-bad images that was made apart from the judge.</summary>
/// <param name="Threshold">Cosine at or above which an image is rejected.</param>
public sealed record ResolvedBank(string Name, string Digest, double Threshold);

/// <summary>What says how near each image is to its report.</summary>
/// <param name="Model">The image-text model.</param>
public sealed record ResolvedAlignment(ModelIdentity Model)
{
    /// <summary>
    /// Cosine below which an image is rejected. Left out where the cosine decides nothing, and then no part of the digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Threshold { get; init; }
}

/// <summary>How pairs are curated.</summary>
public sealed record ResolvedCuration(ModelIdentity Judge, bool AcceptAll)
{
    /// <summary>
    /// What <see cref="Memorisation"/> says where the judge had no index of the generator's training images when the data set was created.
    /// </summary>
    public const string NotChecked = "not checked (no index)";

    /// <summary>
    /// <see cref="NotChecked"/>, or <see cref="DescribeIndex"/> where the index is no part of the generator. Left out where it is, since
    /// the generator's digest covers it, and then no part of this one.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Memorisation { get; init; }

    /// <summary>
    /// The image encoder whose features near-duplicates are found with. Left out where they are the judge's, and then no part of the
    /// digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelIdentity? Embedding { get; init; }

    /// <summary>The bank of known-bad images. Left out where it is the judge's own, and then no part of the digest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResolvedBank? Bank { get; init; }

    /// <summary>How near each image is to its report. Left out where that is not measured, and then no part of the digest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResolvedAlignment? Alignment { get; init; }

    /// <summary>True where the images are held against the generator's training images.</summary>
    [JsonIgnore]
    public bool IsMemorisationChecked => Memorisation != NotChecked;

    /// <summary>What <see cref="Memorisation"/> says of an index that was made apart from the generator.</summary>
    /// <param name="digest">SHA-256 of the index: other images to hold against are another data set.</param>
    public static string DescribeIndex(string digest) => $"checked (index {digest})";
}

/// <summary>
/// Everything that the bytes of a data set depend on. The SHA-256 of its canonical JSON is the spec digest: preset and
/// title are left out, since other words for the same thing must not change it; so are fingerprints, since the same
/// models on another machine are still the same spec.
/// </summary>
public sealed record ResolvedSpec
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The one <see cref="Format"/> that can be read.</summary>
    public const string KnownFormat = "syncxr.dataset/1";

    public string Format { get; init; } = KnownFormat;

    public required long Pairs { get; init; }

    /// <summary>Decimal text: a JSON number holds 53 bits only.</summary>
    public required string Seed { get; init; }

    public required ResolvedSampling Draw { get; init; }

    public required ResolvedReport Report { get; init; }

    public required ResolvedImage Image { get; init; }

    public required ResolvedCuration Curation { get; init; }

    public required int MaxAttempts { get; init; }

    public required int ShardSize { get; init; }

    /// <summary>How pairs are parted into splits. Left out where all pairs are to train on, and then no part of the digest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResolvedSplits? Splits { get; init; }

    /// <summary>
    /// The training that sealing starts, as its proto's JSON. Left out where none is asked for, and then no part of the digest.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonNode? Train { get; init; }

    public static ResolvedSpec Parse(string json) =>
        JsonSerializer.Deserialize<ResolvedSpec>(json, _json)
            ?? throw new FormatException("The resolved spec is the JSON value null, where an object must stand.");

    /// <summary>SHA-256 of the canonical JSON, lower-case hex.</summary>
    [JsonIgnore]
    public string Digest => Sha256Digest.HexOf(ToCanonicalJson());

    /// <summary>The form that the digest is taken of: RFC 8785, members in snake case.</summary>
    public string ToCanonicalJson() => Encoding.UTF8.GetString(CanonicalJson.WriteValue(this, _json));
}
