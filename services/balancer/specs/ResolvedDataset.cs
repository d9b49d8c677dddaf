using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>
/// A data set with everything that its pairs depend on. A spec has two forms: as the client asked for it, with every default filled in
/// (<see cref="Spec"/>, which a client gets back and which makes the same data set again), and resolved (<see cref="Resolved"/>, with the
/// models' digests, which the spec digest is taken of).
/// </summary>
internal sealed record ResolvedDataset
{
    /// <summary>Keys of an engine's JSON object, where there is something to say.</summary>
    internal const string LicenceKey = "licence", DepictsKey = "depicts", AttributionKey = "attribution", TrainedOnKey = "trained_on";

    /// <summary>The last part of its name; empty before the data set is stored.</summary>
    public string Id { get; init; } = "";

    public required string Tenant { get; init; }

    public required DatasetSpec Spec { get; init; }

    public required ResolvedSpec Resolved { get; init; }

    /// <summary>SHA-256 of the resolved spec's canonical JSON: the identity of the data set's content.</summary>
    public required string SpecDigest { get; init; }

    public required EntityVocabulary Vocabulary { get; init; }

    /// <summary>What the plan of entity sets is a function of.</summary>
    public required SamplingRequest Sampling { get; init; }

    /// <summary>Ids of the vocabulary's findings that the generator says it can render, whatever the scope.</summary>
    public required IReadOnlySet<string> Depicts { get; init; }

    /// <summary>Fingerprints of the engines when the data set was created, canonical JSON. Recorded; no part of the digest.</summary>
    public required string EnginesJson { get; init; }

    /// <summary>The licence that the generator's card names; null where the service did not say.</summary>
    public string? GeneratorLicence => (string?)GeneratorEngine[LicenceKey];

    /// <summary>False where the generator's card does not say which findings it can render.</summary>
    public bool IsDepictionKnown => GeneratorEngine[DepictsKey] is null;

    /// <summary>The models and what ran them.</summary>
    public IReadOnlyList<JsonObject> Engines => [.. JsonNode.Parse(EnginesJson)!.AsArray().Select(engine => engine!.AsObject())];

    private JsonObject GeneratorEngine => Engines.First(engine => (string?)engine["kind"] == ModelKindNames.LatentDiffusion);

    /// <summary>The data set that a row holds.</summary>
    public static ResolvedDataset FromRow(DatasetRow row, EntityVocabulary vocabulary)
    {
        var spec = JsonParser.Default.Parse<DatasetSpec>(row.SpecJson);
        var resolved = ResolvedSpec.Parse(row.ResolvedJson);
        var depicts = TextListColumn.Parse(row.DepictedJson);
        var inScope = spec.Draw.Scope == FindingScope.All ? null : depicts;
        var seed = ulong.Parse(resolved.Seed, CultureInfo.InvariantCulture);
        return new ResolvedDataset
        {
            Id = row.Id,
            Tenant = row.Tenant,
            Spec = spec,
            Resolved = resolved,
            SpecDigest = row.SpecDigest,
            Vocabulary = vocabulary,
            Sampling = SamplingResolver.BuildRequest(vocabulary, inScope, spec.Draw, row.Pairs, seed),
            Depicts = depicts.ToHashSet(StringComparer.Ordinal),
            EnginesJson = row.EnginesJson,
        };
    }
}

/// <summary>A data set before its rows are stored, and the entity set of each of its pairs.</summary>
internal sealed record PlannedDataset(ResolvedDataset Dataset, SamplingPlan Plan);
