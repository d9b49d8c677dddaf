using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Curation.Encoders.Banks;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Standalone;

namespace SynCxr.Mesh.Cli.Commands.Bank;

/// <summary>
/// <c>bank thresholds</c>: measures good and bad examples against a bank, and says what each threshold would reject and accept.
/// </summary>
internal static class BankThresholdsCommand
{
    private const double UsualFalseRejects = 0.05, SameImage = 0.9997; // a bank keeps float16

    private static readonly double[] _shownFalseRejects = [0, 0.01, 0.05, 0.1];

    private static readonly Argument<string> _bankArgument = new("bank") { Description = "The bank, as `bank build` named it." };
    private static readonly Option<DirectoryInfo> _goodOption = new("--good")
    {
        Description = "Folder of images that should be accepted.",
        Required = true,
    };
    private static readonly Option<DirectoryInfo> _badOption = new("--bad")
    {
        Description = "Folder of images that should be rejected, others than those in the bank.",
        Required = true,
    };
    private static readonly Option<double> _falseRejectOption = new("--max-false-reject")
    {
        Description = "Largest share of the good images that the chosen threshold may reject, 0 to 1. Default: "
            + $"{UsualFalseRejects.ToString(CultureInfo.InvariantCulture)}.",
        DefaultValueFactory = _ => UsualFalseRejects,
    };
    private static readonly Option<bool> _writeOption = new("--write") { Description = "Store the chosen threshold in the bank." };

    public static Command Build() => new Command("thresholds", "Choose from which likeness on a bank rejects, by good and bad examples.")
    {
        _bankArgument, _goodOption, _badOption, _falseRejectOption, _writeOption,
    }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        BankCommand.RefuseMesh(parsed);
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var most = parsed.GetValue(_falseRejectOption);
        if (most is not (>= 0 and <= 1))
            throw MeshException.Invalid(_falseRejectOption.Name, "must be a number from 0 to 1");
        var name = BankCommand.ValidateName(parsed.GetValue(_bankArgument)!);
        var folder = Path.Combine(StateFolderPaths.BanksPath(Model.ModelFolderCommands.StatePath(parsed)), name);
        if (!Directory.Exists(folder))
            throw MeshException.Invalid("bank", $"'{folder}' does not exist. Make it with: syncxr bank build {name} --images FOLDER");
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var client = new CurationService.CurationServiceClient(mesh.Invoker);
        var encoder = await FindEncoderAsync(client, folder, name, cancellation);
        var good = await MeasureAsync(parsed, client, folder, _goodOption, encoder, cancellation);
        var bad = await MeasureAsync(parsed, client, folder, _badOption, encoder, cancellation);
        var outside = bad.Where(cosine => cosine < SameImage).ToList();
        if (outside.Count == 0)
            throw MeshException.Invalid(_badOption.Name, "All bad images are in the bank itself. Give others: these show nothing.");
        var chosen = BankThreshold.Choose(good, outside, most);
        Print(json, name, good, outside, bad.Length - outside.Count, chosen);
        if (parsed.GetValue(_writeOption))
        {
            ImageBankFolder.WriteThreshold(folder, chosen.Cosine);
            ConsoleWriter.WriteLine(json, string.Create(CultureInfo.InvariantCulture, $"Stored {chosen.Cosine:0.0000} in {folder}.")
                + (mesh.IsInProcess ? "" : " The mesh that runs reads banks when it starts: start it again to use it."));
        }
        return (ExitCodes.Ok, ToJson(name, good, outside, bad.Length - outside.Count, chosen, parsed.GetValue(_writeOption)));
    }

    // By its digest: the name of the judge is that of its folder, and an encoder may have been added again.
    private static async Task<string> FindEncoderAsync(
        CurationService.CurationServiceClient client, string folder, string bank, CancellationToken cancellation)
    {
        var (name, digest) = ReadBank(() => ImageBankFolder.ReadEncoder(folder));
        var options = new CallOptions(cancellationToken: cancellation);
        var models = (await client.ListModelsAsync(new Curation.V1.ListModelsRequest(), options)).Models;
        var model = models.FirstOrDefault(m => m.Digest == digest) ?? throw MeshException.Invalid("bank",
            $"The bank {bank} was made with {name} of digest {digest}, which this mesh does not have. It has "
                + $"{string.Join(", ", models.Select(m => m.Name))}.");
        return model.Kind == ModelKind.ImageEncoder ? model.Name : "";
    }

    private static async Task<double[]> MeasureAsync(ParseResult parsed, CurationService.CurationServiceClient client, string bank,
        Option<DirectoryInfo> option, string encoder, CancellationToken cancellation)
    {
        var folder = Path.TrimEndingDirectorySeparator(parsed.GetValue(option)!.FullName);
        var embedder = await BankCommand.EmbedAsync(client, folder, option.Name, encoder, cancellation);
        BankCommand.PrintUnreadable(parsed.GetValue(SyncxrCommand.JsonOption), embedder);
        return ReadBank(() => ImageBankFolder.Measure(bank, embedder.Values));
    }

    private static T ReadBank<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid("bank", error.Message);
        }
    }

    private static void Print(
        bool json, string name, IReadOnlyList<double> good, IReadOnlyList<double> bad, int inBank, BankThreshold chosen)
    {
        ConsoleWriter.WriteTable(json, $"Cosine to the nearest image of {name}",
            CosineFigures.Columns, [CosineFigures.ToRow("good", good), CosineFigures.ToRow("bad", bad)]);
        if (inBank > 0)
            ConsoleWriter.WriteLine(json, $"left out: {inBank} bad images that are in the bank itself");
        var shown = _shownFalseRejects.Select(most => BankThreshold.Choose(good, bad, most)).Append(chosen).DistinctBy(t => t.Cosine)
            .OrderByDescending(t => t.Cosine);
        ConsoleWriter.WriteTable(json, "What a threshold does (95 % intervals)", ["", "threshold", "good rejected", "bad accepted"],
            shown.Select(t => new[]
            {
                t.Cosine == chosen.Cosine ? "chosen" : "", CosineFigures.Format(t.Cosine), CosineFigures.Describe(t.FalseRejects),
                CosineFigures.Describe(t.FalseAccepts),
            }));
    }

    private static JsonObject ToJson(
        string name, IReadOnlyList<double> good, IReadOnlyList<double> bad, int inBank, BankThreshold chosen, bool isWritten) => new()
        {
            ["name"] = name,
            ["threshold"] = chosen.Cosine,
            ["written"] = isWritten,
            ["false_reject"] = CosineFigures.ToJson(chosen.FalseRejects),
            ["false_accept"] = CosineFigures.ToJson(chosen.FalseAccepts),
            ["good"] = CosineFigures.ToJson(good),
            ["bad"] = CosineFigures.ToJson(bad),
            ["bad_in_bank"] = inBank,
        };
}
