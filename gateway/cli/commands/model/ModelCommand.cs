using System.CommandLine;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>
/// <c>model list | add | index | verify | export | report</c>: lists the models of the mesh, adds generators, checks model folders, and
/// measures models.
/// </summary>
internal static class ModelCommand
{
    public static Command Build() => new("model", "List, add, check, copy and measure models.")
    {
        new Command("list", "List the models of the mesh with their engines and digests.").WithAction(ListAsync),
        ModelAddCommand.Build(),
        ModelIndexCommand.Build(),
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
            models.Select(m => new[]
            {
                m.Name, m.Version, ModelKindMapping.ToName(m.Kind), m.Engine, m.Deterministic ? "yes" : "no",
                m.Digest.Length > 12 ? m.Digest[..12] : m.Digest,
            }));
        foreach (var model in models.Where(m => m.Untrained.Count > 0))
            ConsoleWriter.WriteLine(json,
                $"{model.Name} was not trained for these questions and ignores them: {string.Join(", ", model.Untrained)}");
        foreach (var model in models.Where(m => m.Depicts.Count > 0))
            ConsoleWriter.WriteLine(json, $"{model.Name} can render: {string.Join(", ", model.Depicts)}");
        foreach (var model in models.Where(m => m.Kind == ModelKind.LatentDiffusion && m.Depicts.Count == 0))
            ConsoleWriter.WriteLine(json, $"{model.Name}: what it can render is not known (no `depicts` in its model.yaml)");
        foreach (var model in models.Where(m => m.Licence.Length > 0))
            ConsoleWriter.WriteLine(json, $"{model.Name} has the licence: {model.Licence}");
        foreach (var model in models.Where(m => m.ImageLimits is { Schedulers.Count: > 0 }))
            ConsoleWriter.WriteLine(json, $"{model.Name} can be sampled with: {string.Join(", ", model.ImageLimits.Schedulers)}");
        foreach (var model in models)
        {
            foreach (var note in model.Notes)
                ConsoleWriter.WriteLine(json, $"{model.Name}: {note}");
        }

        return (ExitCodes.Ok, new JsonObject
        {
            ["models"] = new JsonArray([.. models.Select(m => new JsonObject
            {
                ["name"] = m.Name,
                ["version"] = m.Version,
                ["kind"] = ModelKindMapping.ToName(m.Kind),
                ["engine"] = m.Engine,
                ["digest"] = m.Digest,
                ["deterministic"] = m.Deterministic,
                ["fingerprint"] = m.Fingerprint,
                ["licence"] = m.Licence,
                ["depicts"] = new JsonArray([.. m.Depicts.Select(d => (JsonNode)d)]),
                ["untrained"] = new JsonArray([.. m.Untrained.Select(d => (JsonNode)d)]),
                ["schedulers"] = new JsonArray([.. (m.ImageLimits?.Schedulers ?? []).Select(d => (JsonNode)d)]),
                ["notes"] = new JsonArray([.. m.Notes.Select(d => (JsonNode)d)]),
            })]),
        });
    }
}
