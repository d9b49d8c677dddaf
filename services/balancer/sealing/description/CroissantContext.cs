using System.Text.Json.Nodes;

namespace SynCxr.Mesh.Balancer.Sealing.Description;

/// <summary>
/// JSON-LD's <c>@context</c> as Croissant 1.1 prints it, with every key that its reader looks for, and the terms of PROV-O for provenance.
/// </summary>
internal static class CroissantContext
{
    private static readonly string[] _terms =
    [
        "annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract", "field",
        "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
        "parentField", "path", "readLines", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "sdVersion",
        "separator", "source", "subField", "transform", "unArchive", "value",
    ];

    public static JsonObject Create()
    {
        var context = new JsonObject
        {
            ["@language"] = "en",
            ["@vocab"] = "https://schema.org/",
            ["sc"] = "https://schema.org/",
            ["cr"] = "http://mlcommons.org/croissant/",
            ["rai"] = "http://mlcommons.org/croissant/RAI/",
            ["dct"] = "http://purl.org/dc/terms/",
            ["prov"] = "http://www.w3.org/ns/prov#",
            ["conformsTo"] = "dct:conformsTo",
            ["data"] = new JsonObject { ["@id"] = "cr:data", ["@type"] = "@json" },
            ["dataType"] = new JsonObject { ["@id"] = "cr:dataType", ["@type"] = "@vocab" },
            ["description"] = new JsonObject { ["@container"] = "@language" },
            ["examples"] = new JsonObject { ["@id"] = "cr:examples", ["@type"] = "@json" },
            ["name"] = new JsonObject { ["@container"] = "@language" },
        };
        foreach (var term in _terms)
            context[term] = "cr:" + term;
        return context;
    }
}
