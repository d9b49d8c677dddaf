using System.CommandLine;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary><c>model list | verify | export | report</c>: what this mesh can run, and whether it is what it says.</summary>
internal static class ModelCommand
{
    public static Command Build() => new("model", "The models that this mesh can run.")
    {
        new Command("list", "List models with digest and engine.").WithAction(ListAsync),
        ModelFolderCommands.BuildVerify(),
        ModelFolderCommands.BuildExport(),
        ModelReportCommand.Build(),
    };

    private static async Task<(int, JsonObject?)> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var options = new CallOptions(cancellationToken: cancellation);
        var models = new List<ModelDescription>();
        models.AddRange(
            (await new ReportService.ReportServiceClient(mesh.Invoker).ListModelsAsync(new Report.V1.ListModelsRequest(), options)).Models);
        models.AddRange(
            (await new DiffusionService.DiffusionServiceClient(mesh.Invoker).ListModelsAsync(new Diffusion.V1.ListModelsRequest(),
                options)).Models);
        models.AddRange(
            (await new CurationService.CurationServiceClient(mesh.Invoker).ListModelsAsync(new Curation.V1.ListModelsRequest(),
                options)).Models);
        models.AddRange(
            (await new EvaluatorService.EvaluatorServiceClient(mesh.Invoker).ListModelsAsync(new Evaluator.V1.ListModelsRequest(),
                options)).Models);
        ConsoleWriter.WriteTable(json, "", ["name", "version", "kind", "engine", "deterministic", "digest"],
            models.Select(
                m => new[] { m.Name, m.Version, m.Kind, m.Engine, m.Deterministic ? "yes" : "no",
                    m.Digest.Length > 12 ? m.Digest[..12] : m.Digest }));
        foreach (var model in models.Where(m => m.Untrained.Count > 0))
            ConsoleWriter.WriteLine(json, $"{model.Name} has not learnt, and so never decides by: {string.Join(", ", model.Untrained)}");
        foreach (var model in models.Where(m => m.Depicts.Count > 0))
            ConsoleWriter.WriteLine(json, $"{model.Name} can draw: {string.Join(", ", model.Depicts)}");
        return (ExitCodes.Ok, new JsonObject
        {
            ["models"] = new JsonArray([.. models.Select(m => new JsonObject
            {
                ["name"] = m.Name,
                ["version"] = m.Version,
                ["kind"] = m.Kind,
                ["engine"] = m.Engine,
                ["digest"] = m.Digest,
                ["deterministic"] = m.Deterministic,
                ["fingerprint"] = m.Fingerprint,
                ["depicts"] = new JsonArray([.. m.Depicts.Select(d => (JsonNode)d)]),
                ["untrained"] = new JsonArray([.. m.Untrained.Select(d => (JsonNode)d)]),
            })]),
        });
    }
}
