using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary><c>croissant.json</c>: the data set for machine-learning loaders, MLCommons Croissant 1.1.</summary>
internal static class CroissantWriter
{
    /// <summary>Name of the file set of all images.</summary>
    public const string Images = "images";

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, NewLine = "\n" };

    public static string Write(ResolvedDataset dataset, string root, DatasetFigures figures, IReadOnlyList<ManifestFile> files,
        DateTimeOffset sealedAt)
    {
        var title = dataset.Spec.Title.Length > 0 ? dataset.Spec.Title : "Synthetic chest radiographs with reports";
        var json = new JsonObject
        {
            ["@context"] = CroissantContext.Create(),
            ["@type"] = "sc:Dataset",
            ["conformsTo"] = "http://mlcommons.org/croissant/1.1",
            ["name"] = $"syncxr-{root[..12]}",
            ["alternateName"] = title,
            ["description"] = $"{dataset.Resolved.Pairs} pairs of a synthetic chest radiograph and a synthetic report. "
                + "No image and no text is of a person. Not for diagnosis.",
            ["identifier"] = $"sha256:{root}",
            ["url"] = $"urn:sha256:{root}",
            ["license"] = DatasetLicence.Find(dataset).Link,
            ["creator"] = new JsonObject { ["@type"] = "sc:Organization", ["name"] = "SynCxr.Mesh" },
            ["citeAs"] = $"@misc{{syncxr-{root[..12]}, title = {{{title.Trim('{', '}')}}}, "
                + $"author = {{{{SynCxr.Mesh}}}}, year = {{{sealedAt.UtcDateTime.Year}}}, note = {{Synthetic; root sha256:{root}}}}}",
            ["datePublished"] = Day(sealedAt),
            ["version"] = "1.0.0",
            ["keywords"] = new JsonArray("chest X-ray", "radiology", "synthetic data", "vision-language"),
            ["inLanguage"] = "en",
            ["isLiveDataset"] = false,
            ["digitalSourceType"] = "https://schema.org/TrainedAlgorithmicMediaDigitalSource",
        };
        CroissantProvenance.AddTo(json, dataset, sealedAt);
        json["distribution"] = WriteDistribution(dataset, files);
        json["recordSet"] = CroissantRecords.Create(dataset.Resolved.Splits is not null, figures.Splits);
        return json.ToJsonString(_indented) + "\n";
    }

    /// <summary>A day as Croissant has it.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static JsonArray WriteDistribution(ResolvedDataset dataset, IReadOnlyList<ManifestFile> files)
    {
        var naming = ShardNaming.Create(dataset.Resolved);
        var distribution = new JsonArray([.. files.Select(f => (JsonNode)new JsonObject
        {
            ["@type"] = "cr:FileObject",
            ["@id"] = f.Path,
            ["name"] = f.Path,
            ["contentUrl"] = f.Path,
            ["contentSize"] = f.Size.ToString(CultureInfo.InvariantCulture) + " B",
            ["encodingFormat"] = MediaType(f.Path),
            ["sha256"] = f.Sha256,
        })]);
        distribution.Add(new JsonObject
        {
            ["@type"] = "cr:FileSet",
            ["@id"] = Images,
            ["name"] = Images,
            ["description"] = "The images of all shards.",
            ["containedIn"] = new JsonArray(
                [.. files.Where(f => naming.IsShard(f.Path)).Select(f => (JsonNode)new JsonObject { ["@id"] = f.Path })]),
            ["encodingFormat"] = "image/png",
            ["includes"] = "*.png",
        });
        return distribution;
    }

    /// <summary>Parquet has a registered type and an older one, which Croissant's own reader knows.</summary>
    private static JsonNode MediaType(string path) => Path.GetExtension(path) switch
    {
        ".tar" => "application/x-tar",
        ".parquet" => new JsonArray("application/vnd.apache.parquet", "application/x-parquet"),
        ".yaml" => "application/yaml",
        ".tsv" => "text/tab-separated-values",
        ".md" => "text/markdown",
        ".json" => "application/json",
        _ => "application/octet-stream",
    };
}
