using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// <c>certificate.json</c>: what a signed data set vouches for. How evenly its entities are used and under which cap, what was rejected as
/// a duplicate, what the judge was and decided, and which models and vocabulary it comes from. Every figure is one of the manifest; the
/// signature beside it is by the key that signs the shards.
/// </summary>
public static class BalanceCertificate
{
    /// <summary>Its file name, and that of its signature: a COSE_Sign1 whose payload is the file.</summary>
    public const string FileName = "certificate.json", SignatureFileName = "certificate.json.cose";

    private const string Format = "syncxr.certificate/1", CompletedKey = "completed", NearDuplicate = "near_duplicate",
        Judge = "quality-judge";

    /// <param name="completed">When the last pair was done.</param>
    /// <returns>Canonical JSON.</returns>
    public static byte[] Create(ResolvedSpec spec, string specDigest, string root, JsonArray engines, JsonObject figures,
        DateTimeOffset completed) =>
        Create(spec, specDigest, root, engines, figures,
            completed.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>Whether a certificate is the one of a manifest: each of its figures is worked out again.</summary>
    public static bool IsOf(byte[] certificate, DatasetManifest manifest)
    {
        try
        {
            return JsonNode.Parse(certificate)?[CompletedKey]?.GetValue<string>() is { } completed
                && Create(manifest.Spec, manifest.SpecDigest, manifest.Root, manifest.Engines, manifest.Figures, completed)
                    .AsSpan().SequenceEqual(certificate);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private static byte[] Create(ResolvedSpec spec, string specDigest, string root, JsonArray engines, JsonObject figures, string completed)
    {
        var rejected = figures["rejected"]!.AsObject();
        return CanonicalJson.Write(new JsonObject
        {
            ["format"] = Format,
            ["root"] = root,
            ["spec_digest"] = specDigest,
            ["pairs"] = spec.Pairs,
            [CompletedKey] = completed,
            ["digital_source_type"] = DigitalSourceTypes.TrainedAlgorithmicMedia,
            ["entity_use"] = figures["entity_use"]!.DeepClone(),
            ["caps"] = new JsonObject
            {
                ["usage_cap"] = spec.Draw.UsageCap,
                ["usage_ratio"] = spec.Draw.UsageRatio,
                ["findings_per_set"] = spec.Draw.FindingsPerSet,
                ["anatomy_per_set"] = spec.Draw.AnatomyPerSet,
                ["sampling"] = spec.Draw.Sampling,
                ["scope"] = spec.Draw.Scope,
            },
            ["duplicates"] = new JsonObject
            {
                ["near_duplicates_rejected"] = rejected[NearDuplicate]?.DeepClone() ?? 0,
                ["memorisation"] = spec.Curation.Memorisation ?? "checked (index of the generator)",
            },
            ["judge"] = new JsonObject
            {
                ["model"] = ToJson(spec.Curation.Judge),
                ["accept_all"] = spec.Curation.AcceptAll,
                ["attempts"] = figures["attempts"]!.DeepClone(),
                ["rejected"] = rejected.DeepClone(),
                ["untrained"] = engines.FirstOrDefault(e => (string?)e!["kind"] == Judge)?["untrained"]?.DeepClone() ?? new JsonArray(),
            },
            ["lineage"] = new JsonObject
            {
                ["vocabulary"] = spec.Draw.Vocabulary,
                ["vocabulary_digest"] = spec.Draw.VocabularyDigest,
                ["writer"] = ToJson(spec.Report.Writer),
                [spec.Report.FurtherCheckers is null ? "checker" : "checkers"] = spec.Report.FurtherCheckers is null
                    ? ToJson(spec.Report.Checker) : new JsonArray([.. spec.Report.Checkers.Select(check => (JsonNode)ToJson(check))]),
                ["generator"] = ToJson(spec.Image.Generator),
                ["judge"] = ToJson(spec.Curation.Judge),
            },
        });
    }

    private static JsonObject ToJson(ModelIdentity model) => new()
    {
        ["name"] = model.Name,
        ["version"] = model.Version,
        ["digest"] = model.Digest,
        ["engine"] = model.Engine,
    };
}
