using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.SealedDatasets.Splits;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// Every member of <c>manifest.json</c> but <c>~sha256</c>, with its type. FORMAT.md lists the same members; a test holds the two against
/// each other.
/// </summary>
internal static class ManifestSchema
{
    /// <summary>The largest integer that a JSON number of every reader holds.</summary>
    private const long MaxInteger = CanonicalNumber.MaxInteger - 1;

    private static readonly JsonShape _text = new TextShape();
    private static readonly JsonShape _flag = new FlagShape();
    private static readonly JsonShape _number = new NumberShape();
    private static readonly JsonShape _count = new IntegerShape(0, MaxInteger);
    private static readonly JsonShape _positive = new IntegerShape(1);
    private static readonly JsonShape _digest = new TextShape("a SHA-256 in lower-case hex",
        text => text.Length == 64 && text.All(char.IsAsciiHexDigitLower));

    private static readonly JsonShape _model = new ObjectShape(
        new JsonMember("name", _text), new JsonMember("version", _text), new JsonMember("digest", _text), new JsonMember("engine", _text));

    private static readonly ObjectShape _use = new(
        new JsonMember("entities", _count), new JsonMember("min", _number), new JsonMember("median", _number),
        new JsonMember("max", _number), new JsonMember("normalized_entropy", _number));

    /// <summary>The resolved spec.</summary>
    public static ObjectShape Spec { get; } = new(
        new JsonMember("format", new TextShape($"'{ResolvedSpec.KnownFormat}'", text => text == ResolvedSpec.KnownFormat)),
        new JsonMember("pairs", new IntegerShape(1, MaxInteger)),
        new JsonMember("seed", new TextShape("a text of an unsigned 64-bit integer in decimal", IsSeed)),
        new JsonMember("draw", new ObjectShape(
            new JsonMember("vocabulary", _text),
            new JsonMember("vocabulary_digest", _digest),
            new JsonMember("findings_per_set", new IntegerShape(0)),
            new JsonMember("anatomy_per_set", new IntegerShape(0)),
            new JsonMember("usage_cap", new IntegerShape(0)),
            new JsonMember("usage_ratio", _number),
            new JsonMember("sampling", TextShape.Choice("pooled", "per_type")),
            new JsonMember("scope", TextShape.Choice("depicted", "all")),
            new JsonMember("depicted_digest", _text),
            new JsonMember("weights", new MapShape(_number), MayLack: true))),
        new JsonMember("report", new ObjectShape(
            new JsonMember("writer", _model),
            new JsonMember("checker", _model),
            new JsonMember("labeler", _model, MayLack: true),
            new JsonMember("further_checkers", new ListShape(_model), MayLack: true),
            new JsonMember("impression", TextShape.Choice("salient", "all")),
            new JsonMember("matching", TextShape.Choice("strict", "lenient")),
            new JsonMember("max_attempts", _positive))),
        new JsonMember("image", new ObjectShape(
            new JsonMember("generator", _model),
            new JsonMember("width", _positive),
            new JsonMember("height", _positive),
            new JsonMember("steps", _positive),
            new JsonMember("guidance", _number),
            new JsonMember("scheduler", _text),
            new JsonMember("native_size", new NullableShape(_positive)),
            new JsonMember("sampling", new OpenObjectShape("a SamplingSettings as proto JSON", IsSamplingSettings), MayLack: true),
            new JsonMember("prompt_overflow", new TextShape("'chunk'", text => text == "chunk"), MayLack: true),
            new JsonMember("channels", new TextShape("'rgb'", text => text == "rgb"), MayLack: true))),
        new JsonMember("curation", new ObjectShape(
            new JsonMember("judge", _model),
            new JsonMember("accept_all", _flag),
            new JsonMember("memorisation", _text, MayLack: true),
            new JsonMember("embedding", _model, MayLack: true),
            new JsonMember("bank", new ObjectShape(
                new JsonMember("name", _text), new JsonMember("digest", _digest), new JsonMember("threshold", _number)), MayLack: true),
            new JsonMember("alignment", new ObjectShape(
                new JsonMember("model", _model), new JsonMember("threshold", _number, MayLack: true)), MayLack: true))),
        new JsonMember("max_attempts", _positive),
        new JsonMember("shard_size", _positive),
        new JsonMember("splits", new ObjectShape(
            new JsonMember("by", TextShape.Choice([.. SplitRuleNames.ByName.Keys.Order(StringComparer.Ordinal)])),
            new JsonMember("train", _number),
            new JsonMember("valid", _number),
            new JsonMember("test", _number)), MayLack: true),
        new JsonMember("train", new OpenObjectShape(), MayLack: true));

    /// <summary>An item of <c>engines</c>.</summary>
    public static ObjectShape Engine { get; } = new(
        new JsonMember("kind", _text), new JsonMember("model", _text), new JsonMember("engine", _text),
        new JsonMember("deterministic", _flag), new JsonMember("fingerprint", _text), new JsonMember("untrained", new ListShape(_text)),
        new JsonMember("prompts", new ObjectShape(new JsonMember("version", _text), new JsonMember("digest", _digest)), MayLack: true),
        new JsonMember("licence", _text, MayLack: true),
        new JsonMember("attribution", new ListShape(_text), MayLack: true),
        new JsonMember("trained_on", new ListShape(new ObjectShape(
            new JsonMember("source", _text), new JsonMember("images", _count), new JsonMember("digest", _text))), MayLack: true),
        new JsonMember("depicts", new TextShape("'not stated'", text => text == "not stated"), MayLack: true),
        new JsonMember("examples", new ObjectShape(
            new JsonMember("data_digest", _digest),
            new JsonMember("matched", _count), new JsonMember("matched_rejected", _count),
            new JsonMember("shuffled", _count), new JsonMember("shuffled_accepted", _count)), MayLack: true));

    /// <summary>The figures of the card.</summary>
    public static ObjectShape Figures { get; } = new(
        new JsonMember("pairs", _count),
        new JsonMember("attempts", _count),
        new JsonMember("splits", new ObjectShape([.. SplitNames.All.Select(split => new JsonMember(split, _count))])),
        new JsonMember("truncated_prompts", _count),
        new JsonMember("depicted_share", _number),
        new JsonMember("rejected", new MapShape(_count)),
        new JsonMember("entity_use", new ObjectShape(
            new JsonMember("all", _use), new JsonMember("findings", _use), new JsonMember("anatomy", _use))),
        new JsonMember("checks", new ObjectShape(
            new JsonMember("texts", _count),
            new JsonMember("passed", new MapShape(_count)),
            new JsonMember("passed_all", _count),
            new JsonMember("passed_any", _count)), MayLack: true),
        new JsonMember("served_models", new MapShape(_count), MayLack: true),
        new JsonMember("alignment", new ObjectShape(
            new JsonMember("min", _number), new JsonMember("median", _number), new JsonMember("max", _number),
            new JsonMember("truncated", _count)), MayLack: true));

    /// <summary>The manifest without <c>~sha256</c>.</summary>
    public static ObjectShape Manifest { get; } = new(
        new JsonMember("format", _text),
        new JsonMember("root", _digest),
        new JsonMember("spec", Spec),
        new JsonMember("spec_digest", _digest),
        new JsonMember("engines", new ListShape(Engine)),
        new JsonMember("figures", Figures),
        new JsonMember("digital_source_type", new TextShape($"'{DigitalSourceTypes.TrainedAlgorithmicMedia}'",
            text => text == DigitalSourceTypes.TrainedAlgorithmicMedia), MayLack: true),
        new JsonMember("files", new ListShape(new ObjectShape(
            new JsonMember("path", _text), new JsonMember("size_bytes", _count), new JsonMember("sha256", _digest)))));

    /// <summary>Whether a text is an unsigned 64-bit integer in decimal, as seeds are.</summary>
    public static bool IsSeed(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsSamplingSettings(JsonObject json)
    {
        try
        {
            JsonParser.Default.Parse<SamplingSettings>(json.ToJsonString());
            return true;
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidJsonException)
        {
            return false;
        }
    }
}
