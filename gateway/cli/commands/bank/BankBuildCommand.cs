using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.Encoders.Banks;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Standalone;

namespace SynCxr.Mesh.Cli.Commands.Bank;

/// <summary>
/// <c>bank build</c>: has an image encoder, or the judge, compute the features of known-bad images. The bank lies in the state folder and
/// rejects nothing before it has a threshold.
/// </summary>
internal static class BankBuildCommand
{
    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "Name of the bank, for `curation: {bank: NAME}`.",
    };
    private static readonly Option<DirectoryInfo> _imagesOption = new("--images")
    {
        Description = "Folder of the known-bad images, searched with all folders below: PNG and JPEG.",
        Required = true,
    };
    private static readonly Option<string> _embeddingOption = new("--embedding")
    {
        Description = "The image encoder, as `model list` names it. Default: the judge's own features.",
        DefaultValueFactory = _ => "",
    };

    public static Command Build() =>
        new Command("build", "Make a bank of known-bad images.") { _nameArgument, _imagesOption, _embeddingOption }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        BankCommand.RefuseMesh(parsed);
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var name = BankCommand.ValidateName(parsed.GetValue(_nameArgument)!);
        var source = parsed.GetValue(_imagesOption)!.FullName;
        var root = StateFolderPaths.BanksPath(Model.ModelFolderCommands.StatePath(parsed));
        if (Path.Exists(Path.Combine(root, name)))
            throw MeshException.Invalid("name", $"The bank '{name}' exists. Give another name, or delete {Path.Combine(root, name)}.");
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var embedder = await BankCommand.EmbedAsync(new CurationService.CurationServiceClient(mesh.Invoker), source, _imagesOption.Name,
            parsed.GetValue(_embeddingOption)!, cancellation);
        var encoder = embedder.Judge!;
        var folder = ImageBankFolder.Write(root, name,
            new ImageBankContent(encoder.Model, encoder.Digest, embedder.ImagesDigest, embedder.Ids, embedder.Values));
        ConsoleWriter.WriteLine(json, string.Create(CultureInfo.InvariantCulture,
            $"{folder}  {embedder.Rows} images, features of {encoder.Model}, {embedder.Unreadable.Count} left out"));
        BankCommand.PrintUnreadable(json, embedder);
        ConsoleWriter.WriteLine(json,
            $"It has no threshold yet: syncxr bank thresholds {name} --good FOLDER --bad FOLDER --write");
        return (ExitCodes.Ok, new JsonObject
        {
            ["name"] = name,
            ["folder"] = folder,
            ["images"] = embedder.Rows,
            ["images_sha256"] = embedder.ImagesDigest,
            ["encoder"] = encoder.Model,
            ["encoder_digest"] = encoder.Digest,
            ["unreadable"] = embedder.Unreadable.Count,
            ["unreadable_files"] = new JsonArray([.. embedder.Unreadable.Select(problem => (JsonNode)problem)]),
        });
    }
}
