using System.Text.Json.Nodes;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>
/// The record sets of <c>croissant.json</c>. One holds the pairs: the images of the shards, joined by their file names to the rows of the
/// table. The join starts at the images, so that a loader that was asked for one split reads the shards of that split.
/// </summary>
internal static class CroissantRecords
{
    /// <summary>Name of the record set, and what its fields begin with.</summary>
    private const string Pairs = "pairs";

    private const string Splits = "splits", FileName = "file_name", Split = "split";

    public static JsonArray Create(bool hasSplits, IReadOnlyDictionary<string, long> splits)
    {
        var records = new JsonArray { WritePairs(hasSplits) };
        if (hasSplits)
            records.Add(WriteSplits(splits));
        return records;
    }

    private static JsonObject WritePairs(bool hasSplits)
    {
        var fields = new JsonArray { WriteImage(), WriteFileName() };
        foreach (var column in PairTableSchema.Instance.Columns.Where(c => c.Name != FileName && (!hasSplits || c.Name != Split)))
            fields.Add(WriteColumn(column));
        if (hasSplits)
            fields.Add(WriteSplit());
        return new JsonObject
        {
            ["@type"] = "cr:RecordSet",
            ["@id"] = Pairs,
            ["name"] = Pairs,
            ["description"] = "A synthetic radiograph, its report, and how both were made.",
            ["key"] = Reference($"{Pairs}/index"),
            ["field"] = fields,
        };
    }

    private static JsonObject WriteImage() => WriteField("image", "sc:ImageObject",
        new JsonObject { ["fileSet"] = Reference(CroissantWriter.Images), ["extract"] = new JsonObject { ["fileProperty"] = "content" } });

    private static JsonObject WriteFileName()
    {
        var field = WriteField(FileName, "sc:Text", new JsonObject
        {
            ["fileSet"] = Reference(CroissantWriter.Images),
            ["extract"] = new JsonObject { ["fileProperty"] = "fullpath" },
        });
        field["references"] = ExtractColumn(FileName);
        return field;
    }

    private static JsonObject WriteColumn(TableColumn<PairRecord> column)
    {
        var field = WriteField(column.Name, DataType(column.Type), ExtractColumn(column.Name));
        if (column.Type == ColumnType.TextList)
        {
            field["isArray"] = true;
            field["arrayShape"] = "-1";
        }

        return field;
    }

    /// <summary>The split is the folder that an image has in its shard.</summary>
    private static JsonObject WriteSplit()
    {
        var field = WriteField(Split, "sc:Text", new JsonObject
        {
            ["fileSet"] = Reference(CroissantWriter.Images),
            ["extract"] = new JsonObject { ["fileProperty"] = "fullpath" },
            ["transform"] = new JsonObject { ["regex"] = $"^({string.Join('|', SplitNames.All)})/.*\\.png$" },
        });
        field["dataType"] = new JsonArray("sc:Text", "cr:Split");
        return field;
    }

    private static JsonObject WriteSplits(IReadOnlyDictionary<string, long> splits) => new()
    {
        ["@type"] = "cr:RecordSet",
        ["@id"] = Splits,
        ["name"] = Splits,
        ["description"] = "What each split is for.",
        ["dataType"] = "cr:Split",
        ["key"] = Reference($"{Splits}/name"),
        ["field"] = new JsonArray(
            new JsonObject { ["@type"] = "cr:Field", ["@id"] = $"{Splits}/name", ["name"] = "name", ["dataType"] = "sc:Text" },
            new JsonObject
            {
                ["@type"] = "cr:Field",
                ["@id"] = $"{Splits}/url",
                ["name"] = "url",
                ["dataType"] = new JsonArray("sc:URL", "cr:Split"),
            }),
        ["data"] = new JsonArray([.. SplitNames.All.Where(s => splits[s] > 0).Select(split => (JsonNode)new JsonObject
        {
            [$"{Splits}/name"] = split,
            [$"{Splits}/url"] = split switch
            {
                SplitNames.Train => "cr:TrainingSplit",
                SplitNames.Valid => "cr:ValidationSplit",
                _ => "cr:TestSplit",
            },
        })]),
    };

    private static JsonObject WriteField(string name, string dataType, JsonObject source) => new()
    {
        ["@type"] = "cr:Field",
        ["@id"] = $"{Pairs}/{name}",
        ["name"] = name,
        ["dataType"] = dataType,
        ["source"] = source,
    };

    private static JsonObject ExtractColumn(string column) => new()
    {
        ["fileObject"] = Reference(PairTableSchema.Instance.FileName),
        ["extract"] = new JsonObject { ["column"] = column },
    };

    private static JsonObject Reference(string id) => new() { ["@id"] = id };

    private static string DataType(ColumnType type) => type switch
    {
        ColumnType.Boolean => "sc:Boolean",
        ColumnType.Real64 => "sc:Float",
        ColumnType.Integer32 or ColumnType.Integer64 => "sc:Integer",
        _ => "sc:Text",
    };
}
