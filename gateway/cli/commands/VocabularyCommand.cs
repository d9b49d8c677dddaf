using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>vocabulary build | show</c>: makes entity lists from a folder of reports, and lists those of the mesh.</summary>
internal static class VocabularyCommand
{
    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "Name of a vocabulary of the mesh: vocabularies/{id}, or the id alone.",
        DefaultValueFactory = _ => "chest-xray",
    };
    private static readonly Option<string> _typeOption = new("--type")
    {
        Description = "List only this type: abnormality, non_abnormality, disease, non_disease or anatomy. Default: all.",
        DefaultValueFactory = _ => "",
    };
    private static readonly Option<string> _depictedByOption = new("--depicted-by")
    {
        Description = "List only the entities that this generator can render. Default: all.",
        DefaultValueFactory = _ => "",
    };

    private static readonly FieldOptionTranslator _fields = new(new Dictionary<string, string>
    {
        ["vocabulary"] = _nameArgument.Name,
        ["depicted_by"] = _depictedByOption.Name,
    });

    public static Command Build()
    {
        var show = new Command("show", "List the entities of a vocabulary.") { _nameArgument, _typeOption, _depictedByOption };
        return new Command("vocabulary",
            "Make and list vocabularies: the entities that reports are about.") { VocabularyBuildCommand.Build(),
                show.WithAction(ShowAsync, _fields) };
    }

    private static async Task<(int, JsonObject?)> ShowAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var type = EntityType.Unspecified;
        if (parsed.GetValue(_typeOption) is { Length: > 0 } typeName
            && !Enum.TryParse(typeName.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out type))
            throw MeshException.Invalid(
                "--type", $"Unknown type '{typeName}'. The types are abnormality, non_abnormality, disease, non_disease and anatomy.");
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var balancer = new BalancerService.BalancerServiceClient(mesh.Invoker);
        var request = new ListEntitiesRequest
        {
            Vocabulary = ResourceName(parsed),
            Type = type,
            DepictedBy = parsed.GetValue(_depictedByOption),
            PageSize = 1000,
        };
        var entities = new List<Entity>();
        do
        {
            var page = await balancer.ListEntitiesAsync(request, cancellationToken: cancellation);
            entities.AddRange(page.Entities);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        ConsoleWriter.WriteTable(json, "", ["id", "concept", "group", "depicted by"],
            entities.Select(e => new[] { e.Id, e.Concept, e.Group, string.Join(", ", e.DepictedBy) }));
        ConsoleWriter.WriteLine(json, $"{entities.Count} entities");
        return (ExitCodes.Ok, new JsonObject
        {
            ["entities"] = new JsonArray([.. entities.Select(e => new JsonObject
            {
                ["id"] = e.Id,
                ["term"] = e.Term,
                ["type"] = e.Type.ToString(),
                ["concept"] = e.Concept,
                ["group"] = e.Group,
                ["depicted_by"] = new JsonArray([.. e.DepictedBy.Select(d => (JsonNode)d)]),
            })]),
        });
    }

    private static string ResourceName(ParseResult parsed) =>
        parsed.GetValue(_nameArgument)! is var name && name.StartsWith("vocabularies/", StringComparison.Ordinal)
            ? name : "vocabularies/" + name;
}
