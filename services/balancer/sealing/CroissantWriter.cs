using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary><c>croissant.json</c>: the data set for machine-learning loaders, MLCommons Croissant 1.1.</summary>
internal static class CroissantWriter
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, NewLine = "\n" };

    public static string Write(ResolvedDataset dataset, string root, IReadOnlyList<ManifestFile> files, DateTimeOffset sealedAt)
    {
        var title = dataset.Spec.Title.Length > 0 ? dataset.Spec.Title : "Synthetic chest radiographs with reports";
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
        var shards = files.Where(f => f.Path.StartsWith("data/", StringComparison.Ordinal)).Select(f => (JsonNode)Ref(f.Path));
        distribution.Add(new JsonObject
        {
            ["@type"] = "cr:FileSet",
            ["@id"] = "images",
            ["name"] = "images",
            ["containedIn"] = new JsonArray([.. shards]),
            ["encodingFormat"] = "image/png",
            ["includes"] = "*.png",
        });
        return new JsonObject
        {
            ["@context"] = Context(),
            ["@type"] = "sc:Dataset",
            ["conformsTo"] = "http://mlcommons.org/croissant/1.1",
            ["name"] = $"syncxr-{root[..12]}",
            ["alternateName"] = title,
            ["description"] =
                $"{dataset.Resolved.Pairs} pairs of a synthetic chest radiograph and a synthetic report. No image and no text is of a "
                + $"person. Not for diagnosis.",
            ["identifier"] = $"sha256:{root}",
            ["url"] = $"urn:sha256:{root}",
            ["license"] = "See README.md: the licences of the models named there.",
            ["creator"] = new JsonObject { ["@type"] = "sc:Organization", ["name"] = "SynCxr.Mesh" },
            ["datePublished"] = sealedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["version"] = "1.0.0",
            ["distribution"] = distribution,
            ["recordSet"] = new JsonArray(
                new JsonObject
                {
                    ["@type"] = "cr:RecordSet",
                    ["@id"] = "pairs",
                    ["name"] = "pairs",
                    ["key"] = Ref("pairs/index"),
                    ["field"] = new JsonArray([.. PairTableSchema.Instance.Columns.Select(c => (JsonNode)Field(c))]),
                },
                ImageRecords()),
        }.ToJsonString(_indented) + "\n";
    }

    private static JsonObject Field(TableColumn<PairRecord> column)
    {
        var field = new JsonObject
        {
            ["@type"] = "cr:Field",
            ["@id"] = $"pairs/{column.Name}",
            ["name"] = column.Name,
            ["dataType"] = DataType(column.Type),
            ["source"] = new JsonObject
            {
                ["fileObject"] = Ref("metadata.parquet"),
                ["extract"] = new JsonObject { ["column"] = column.Name },
            },
        };
        if (column.Type == ColumnType.TextList)
            (field["isArray"], field["arrayShape"]) = (true, "-1");
        return field;
    }

    private static JsonObject ImageRecords() => new()
    {
        ["@type"] = "cr:RecordSet",
        ["@id"] = "radiographs",
        ["name"] = "radiographs",
        ["field"] = new JsonArray(
            new JsonObject
            {
                ["@type"] = "cr:Field",
                ["@id"] = "radiographs/index",
                ["name"] = "index",
                ["dataType"] = "sc:Integer",
                ["source"] = new JsonObject
                {
                    ["fileSet"] = Ref("images"),
                    ["extract"] = new JsonObject { ["fileProperty"] = "filename" },
                    ["transform"] = new JsonObject { ["regex"] = "(\\d+)\\.png" },
                },
                ["references"] = new JsonObject { ["field"] = Ref("pairs/index") },
            },
            new JsonObject
            {
                ["@type"] = "cr:Field",
                ["@id"] = "radiographs/image",
                ["name"] = "image",
                ["dataType"] = "sc:ImageObject",
                ["source"] = new JsonObject { ["fileSet"] = Ref("images"), ["extract"] = new JsonObject { ["fileProperty"] = "content" } },
            }),
    };

    private static JsonObject Ref(string id) => new() { ["@id"] = id };

    private static string DataType(ColumnType type) => type switch
    {
        ColumnType.Boolean => "sc:Boolean",
        ColumnType.Real64 => "sc:Float",
        ColumnType.Integer32 or ColumnType.Integer64 => "sc:Integer",
        _ => "sc:Text",
    };

    private static string MediaType(string path) => Path.GetExtension(path) switch
    {
        ".tar" => "application/x-tar",
        ".parquet" => "application/vnd.apache.parquet",
        ".yaml" => "application/yaml",
        ".tsv" => "text/tab-separated-values",
        ".md" => "text/markdown",
        _ => "application/octet-stream",
    };

    private static JsonObject Context() => new()
    {
        ["@language"] = "en",
        ["@vocab"] = "https://schema.org/",
        ["arrayShape"] = "cr:arrayShape",
        ["column"] = "cr:column",
        ["conformsTo"] = "dct:conformsTo",
        ["containedIn"] = "cr:containedIn",
        ["cr"] = "http://mlcommons.org/croissant/",
        ["dct"] = "http://purl.org/dc/terms/",
        ["data"] = new JsonObject { ["@id"] = "cr:data", ["@type"] = "@json" },
        ["dataType"] = new JsonObject { ["@id"] = "cr:dataType", ["@type"] = "@vocab" },
        ["extract"] = "cr:extract",
        ["field"] = "cr:field",
        ["fileObject"] = "cr:fileObject",
        ["fileProperty"] = "cr:fileProperty",
        ["fileSet"] = "cr:fileSet",
        ["includes"] = "cr:includes",
        ["isArray"] = "cr:isArray",
        ["key"] = "cr:key",
        ["recordSet"] = "cr:recordSet",
        ["references"] = "cr:references",
        ["regex"] = "cr:regex",
        ["sc"] = "https://schema.org/",
        ["source"] = "cr:source",
        ["transform"] = "cr:transform",
    };
}
