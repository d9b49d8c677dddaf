using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Specs;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>
/// Where a data set comes from and what may be done with it: the responsible-AI fields of Croissant, and the models with their digests and
/// what they learnt from as PROV-O.
/// </summary>
internal static class CroissantProvenance
{
    public static void AddTo(JsonObject json, ResolvedDataset dataset, DateTimeOffset sealedAt)
    {
        var spec = dataset.Resolved;
        json["rai:dataCollection"] = "Entity sets were sampled evenly from a vocabulary, reports were written for them and held against "
            + "them, and images were rendered from the IMPRESSION of each report. Nothing was collected from patients.";
        json["rai:dataCollectionType"] = new JsonArray("Software Collection", "Others");
        json["rai:dataCollectionTimeFrame"] = new JsonArray(CroissantWriter.Day(sealedAt));
        json["rai:machineAnnotationTools"] = new JsonArray(
            [.. dataset.Engines.Select(e => (JsonNode)$"{e["kind"]}: {e["model"]}, engine {e["engine"]}")]);
        json["rai:dataManipulationProtocol"] = $"Images that the judge {spec.Curation.Judge.Name} rejected, and near-duplicates, were made "
            + "again; extra/rejects.parquet holds every rejected attempt with its reasons.";
        json["rai:dataBiases"] = new JsonArray("The look and the population of the images are those of the generator's training data. "
            + "Findings are used evenly, so their frequencies are not those of a hospital.");
        json["rai:dataLimitations"] = new JsonArray("Not for diagnosis. Labels describe the reports; an image may fail to show what its "
            + "report says.");
        json["rai:dataUseCases"] = new JsonArray("Pre-training and testing of vision-language models of chest radiographs.");
        json["rai:personalSensitiveInformation"] = new JsonArray(spec.Curation.IsMemorisationChecked
            ? "None: no image and no text is of a person, and images were held against the generator's training images."
            : "No text is of a person. Whether an image repeats one of a person was not checked.");
        json["rai:dataSocialImpact"] = "A model that was trained on synthetic data alone must be tested on real patients before any use.";
        json["prov:wasGeneratedBy"] = new JsonObject
        {
            ["@type"] = "prov:Activity",
            ["prov:label"] = "SynCxr.Mesh: sampling, report writing, diffusion, curation",
            ["prov:endedAtTime"] = sealedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
        json["prov:wasAttributedTo"] = new JsonArray([.. Identities(dataset).Select(m => (JsonNode)new JsonObject
        {
            ["@type"] = "prov:SoftwareAgent",
            ["@id"] = $"urn:sha256:{m.Digest}",
            ["prov:label"] = $"{m.Kind}: {m.Name} {m.Version}",
        })]);
        if (WriteTrainingData(dataset) is { Count: > 0 } learnt)
            json["prov:wasDerivedFrom"] = learnt;
    }

    private static IEnumerable<(string Kind, string Name, string Version, string Digest)> Identities(ResolvedDataset dataset)
    {
        var spec = dataset.Resolved;
        (string Kind, SealedDatasets.ModelIdentity? Model)[] models =
        [
            ("report writer", spec.Report.Writer), .. spec.Report.Checkers.Select(check => ("entity check", check)),
            ("report labeler", spec.Report.Labeler), ("generator", spec.Image.Generator), ("judge", spec.Curation.Judge),
            ("image encoder", spec.Curation.Embedding), ("image-text model", spec.Curation.Alignment?.Model),
        ];
        foreach (var (kind, model) in models)
        {
            if (model is not null)
                yield return (kind, model.Name, model.Version, model.Digest);
        }
    }

    private static JsonArray WriteTrainingData(ResolvedDataset dataset) =>
    [
        .. dataset.Engines.SelectMany(e => (e[ResolvedDataset.TrainedOnKey]?.AsArray() ?? []).Select(t => (JsonNode)new JsonObject
        {
            ["@type"] = "prov:Entity",
            ["prov:label"] = $"{t!["images"]} images of {t["source"]}, from which {e["model"]} learnt (digest {t["digest"]})",
        })),
    ];
}
