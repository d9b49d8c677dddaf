using System.Formats.Tar;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>
/// Reads <c>croissant.json</c> by the rules of mlcroissant 1.1, strictly: what that reader warns of is an error here. The rules are those
/// that its code checks; it is in Python, and no test can start it.
/// </summary>
internal sealed class CroissantReader
{
    /// <summary>Keys of <c>@context</c> whose absence mlcroissant warns of.</summary>
    private static readonly string[] _contextKeys =
    [
        "@language", "@vocab", "arrayShape", "citeAs", "column", "conformsTo", "containedIn", "cr", "rai", "data", "dataType", "dct",
        "description", "equivalentProperty", "examples", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
        "isArray", "isLiveDataset", "jsonPath", "key", "md5", "name", "parentField", "path", "recordSet", "references", "regex", "repeated",
        "replace", "samplingRate", "sc", "separator", "source", "subField", "transform",
    ];

    private static readonly string[] _mandatory =
        ["name", "description", "license", "url", "datePublished", "creator", "version", "citeAs"];
    private readonly string _folder;
    private readonly JsonObject _json;

    public CroissantReader(string folder)
    {
        _folder = folder;
        _json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "croissant.json")))!.AsObject();
        Check();
    }

    private IEnumerable<JsonObject> Distribution => _json["distribution"]!.AsArray().Select(d => d!.AsObject());

    private IEnumerable<JsonObject> RecordSets => _json["recordSet"]!.AsArray().Select(r => r!.AsObject());

    /// <summary>The records of <c>pairs</c>, by the names of their fields; the image as bytes.</summary>
    /// <param name="split">One split, as a filter; null for all.</param>
    public List<Dictionary<string, object>> ReadPairs(string? split = null)
    {
        var fields = RecordSets.Single(r => Id(r) == "pairs")["field"]!.AsArray().Select(f => f!.AsObject()).ToList();
        var join = fields.Single(f => f["references"] is not null);
        var includes = ".*\\.png";
        var splitField = fields.SingleOrDefault(f => f["source"]!["transform"] is not null);
        if (split is not null)
            includes = new Regex(@"\((?!\?:).*?\)").Replace((string)splitField!["source"]!["transform"]!["regex"]!, split);
        var rows = ReadTable((string)join["references"]!["fileObject"]!["@id"]!)
            .ToDictionary(r => (string)r[(string)join["references"]!["extract"]!["column"]!]);
        return [.. ReadImages().Where(i => Regex.IsMatch(i.FullPath, includes)).Select(image => fields.ToDictionary(
            f => (string)f["name"]!, f => Extract(f["source"]!.AsObject(), image.FullPath, image.Content, rows)))];
    }

    private static object Extract(
        JsonObject source, string fullPath, byte[] content, Dictionary<string, Dictionary<string, object>> rows) =>
        (string?)source["extract"]!["fileProperty"] switch
        {
            "content" => content,
            "fullpath" when source["transform"] is { } transform => Regex.Match(fullPath, (string)transform["regex"]!).Groups[1].Value,
            "fullpath" => fullPath,
            _ => rows[fullPath][(string)source["extract"]!["column"]!],
        };

    private IEnumerable<(string FullPath, byte[] Content)> ReadImages()
    {
        var shards = Distribution.Single(d => (string)d["@type"]! == "cr:FileSet")["containedIn"]!.AsArray();
        foreach (var id in shards.Select(s => (string)s!["@id"]!))
        {
            var path = (string)Distribution.Single(d => Id(d) == id)["contentUrl"]!;
            using var tar = new TarReader(File.OpenRead(Path.Combine(_folder, path)));
            while (tar.GetNextEntry() is { } entry)
            {
                using var bytes = new MemoryStream();
                entry.DataStream!.CopyTo(bytes);
                yield return (entry.Name, bytes.ToArray());
            }
        }
    }

    private List<Dictionary<string, object>> ReadTable(string id)
    {
        var file = Distribution.Single(d => Id(d) == id);
        Assert.Contains("application/x-parquet", file["encodingFormat"]!.AsArray().Select(t => (string)t!));
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var command = duck.CreateCommand();
        command.CommandText = $"SELECT * FROM '{Path.Combine(_folder, (string)file["contentUrl"]!)}'";
        using var reader = command.ExecuteReader();
        var rows = new List<Dictionary<string, object>>();
        while (reader.Read())
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, reader.GetValue));
        return rows;
    }

    private void Check()
    {
        Assert.Empty(_contextKeys.Except(_json["@context"]!.AsObject().Select(c => c.Key)));
        Assert.All(_mandatory, key => Assert.True(_json[key] is not null, $"{key} is recommended"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", (string)_json["version"]!);
        var ids = Distribution.Select(Id).Concat(RecordSets.Select(Id))
            .Concat(RecordSets.SelectMany(r => r["field"]!.AsArray().Select(f => Id(f!.AsObject())))).ToList();
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
        var used = RecordSets.SelectMany(r => r["field"]!.AsArray()).Select(f => SourceOf(f!.AsObject())).ToHashSet();
        Assert.All(Distribution.Where(d => (string)d["@type"]! == "cr:FileSet"), set => Assert.Contains(Id(set), used));
        foreach (var records in RecordSets)
            CheckRecords(records, ids);
    }

    private static void CheckRecords(JsonObject records, List<string> ids)
    {
        var fields = records["field"]!.AsArray().Select(f => f!.AsObject()).ToList();
        Assert.Contains((string)records["key"]!["@id"]!, fields.Select(Id));
        Assert.All(fields, f => Assert.NotNull(f["dataType"]));
        if (records["data"] is JsonArray data)
        {
            Assert.All(data, row => Assert.Equal(fields.Select(Id).Order(), row!.AsObject().Select(m => m.Key).Order()));
            return;
        }

        Assert.All(fields, f => Assert.Contains(SourceOf(f)!, ids));
        var sources = fields.Select(SourceOf).Distinct().ToList();
        var joined = fields.Where(f => f["references"] is not null)
            .Select(f => new[] { SourceOf(f), (string?)f["references"]!["fileObject"]!["@id"] }).ToList();
        Assert.True(sources.Count == 1 || joined.Any(j => j.Order().SequenceEqual(sources.Order())), "sources without a join");
    }

    private static string Id(JsonObject node) => (string)node["@id"]!;

    private static string? SourceOf(JsonObject field) =>
        (string?)(field["source"]?["fileSet"]?["@id"] ?? field["source"]?["fileObject"]?["@id"]);
}
