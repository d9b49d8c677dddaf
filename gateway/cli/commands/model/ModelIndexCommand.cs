using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Standalone;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>
/// <c>model index</c>: has the judge compute the features of the images that a generator was trained on, so that generated images can be
/// held against them. The index lies in the state folder, named by generator and judge.
/// </summary>
internal static class ModelIndexCommand
{
    private const int MaxListed = 20;

    private static readonly Argument<string> _nameArgument = new("name") { Description = "The generator, as `model list` names it." };
    private static readonly Option<DirectoryInfo> _imagesOption = new("--images")
    {
        Description = "Folder of its training images, searched with all folders below: PNG and JPEG.",
        Required = true,
    };

    public static Command Build() =>
        new Command("index", "Index the training images of a generator, for the memorisation check.") { _nameArgument, _imagesOption }
            .WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(SyncxrCommand.MeshOption) is { Length: > 0 } address)
        {
            throw MeshException.Invalid("--mesh", $"An index can't be given to the mesh at {address} from here. Run this command where its "
                + "curation service runs, and set Curation:IndexRoot on each curation replica to `indexes/local` of the state folder.");
        }
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var source = parsed.GetValue(_imagesOption)!.FullName;
        var images = ImageFolderEmbedder.ListImages(source, _imagesOption.Name);
        var name = parsed.GetValue(_nameArgument)!;
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        await RequireGeneratorAsync(mesh, name, cancellation);
        using var progress = ProgressBar.Start("indexing");
        var embedder = new ImageFolderEmbedder(new CurationService.CurationServiceClient(mesh.Invoker), source);
        await embedder.EmbedAsync(images, done => progress.ShowCount(done, images.Count, "images"), cancellation);
        if (embedder.Rows == 0)
            throw MeshException.Invalid("--images", $"None of the {images.Count} images can be read; the first: {embedder.Unreadable[0]}");
        var state = ModelFolderCommands.StatePath(parsed);
        var folder = MemorisationIndexWriter.Write(StateFolderPaths.IndexesPath(state), name, embedder);
        Print(json, mesh.IsInProcess, folder, embedder);
        return (ExitCodes.Ok, new JsonObject
        {
            ["generator"] = name,
            ["folder"] = folder,
            ["images"] = embedder.Rows,
            ["images_sha256"] = embedder.ImagesDigest,
            ["judge"] = embedder.Judge!.Model,
            ["judge_digest"] = embedder.Judge.Digest,
            ["unreadable"] = embedder.Unreadable.Count,
            ["unreadable_files"] = new JsonArray([.. embedder.Unreadable.Take(MaxListed).Select(problem => (JsonNode)problem)]),
        });
    }

    private static async Task RequireGeneratorAsync(MeshConnection mesh, string name, CancellationToken cancellation)
    {
        var models = (await new DiffusionService.DiffusionServiceClient(mesh.Invoker).ListModelsAsync(new Diffusion.V1.ListModelsRequest(),
            new CallOptions(cancellationToken: cancellation))).Models;
        if (models.All(model => model.Name != name))
        {
            throw MeshException.Invalid("name", $"'{EchoedText.Shorten(name)}' is no generator of this mesh, which has "
                + $"{string.Join(", ", models.Select(model => model.Name))}.");
        }
        var judges = (await new CurationService.CurationServiceClient(mesh.Invoker).ListModelsAsync(new Curation.V1.ListModelsRequest(),
            new CallOptions(cancellationToken: cancellation))).Models;
        if (judges.SelectMany(judge => judge.MemorisationChecks).Any(check => check.Generator == name && check.HasIndex
            && check.Problem.Length == 0 && check.IndexDigest.Length == 0))
            throw MeshException.Invalid("name", $"The generator '{name}' needs none: it has one of its own, or was trained on nothing.");
    }

    private static void Print(bool json, bool isInProcess, string folder, ImageFolderEmbedder embedder)
    {
        ConsoleWriter.WriteLine(json,
            string.Create(CultureInfo.InvariantCulture, $"{folder}  {embedder.Rows} images, judge {embedder.Judge!.Model}"));
        foreach (var problem in embedder.Unreadable.Take(MaxListed))
            ConsoleWriter.WriteLine(json, $"left out, unreadable: {problem}");
        if (embedder.Unreadable.Count > MaxListed)
            ConsoleWriter.WriteLine(json, $"and {embedder.Unreadable.Count - MaxListed} more that can't be read");
        if (!isInProcess)
            ConsoleWriter.WriteLine(json, "The mesh that runs reads indexes when it starts: start it again to use this one.");
    }
}
