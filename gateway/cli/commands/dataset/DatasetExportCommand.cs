using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Hub;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary><c>dataset export</c>: a sealed data set of a mesh as a folder, or its pictures as files of their own.</summary>
internal static class DatasetExportCommand
{
    private const string PartialEnd = ".sealed-part";

    private static readonly Argument<DirectoryInfo> _intoArgument = new("into") { Description = "New folder for the copy." };
    private static readonly Option<string> _formatOption = new("--format")
    {
        Description = "sealed, the folder as it is; or a file for each picture, with its marks: png, jpeg or dicom; or parquet, tables "
            + "with the pictures in them for Hugging Face's load_dataset. Default: sealed.",
        DefaultValueFactory = _ => ExportFormatNames.Sealed,
    };
    private static readonly Option<bool> _localOption = new("--local")
    {
        Description = "The name is a folder of this machine with a sealed data set: nothing is downloaded.",
    };
    private static readonly Option<int> _qualityOption = new("--quality")
    {
        Description = "Quality of JPEG, 1 to 100. Default: 95.",
        DefaultValueFactory = _ => 95,
    };
    private static readonly Option<int> _bitsOption = new("--bits")
    {
        Description = "Bits of a pixel of DICOM, 8 or 12. Default: 8.",
        DefaultValueFactory = _ => 8,
    };
    private static readonly Option<FileInfo?> _keyOption = new("--signing-key")
    {
        Description = "PEM file of a private key on P-256: each PNG or JPEG gets a C2PA manifest signed with it. Default: none.",
    };
    private static readonly Option<FileInfo?> _chainOption = new("--certificate-chain")
    {
        Description = "PEM file with the certificate of --signing-key, then its issuers.",
    };

    public static Command Build(Argument<string> nameArgument) =>
        new Command("export", "Download a sealed data set into a folder, and check every digest; or write its pictures as files.")
        {
            nameArgument, _intoArgument, _formatOption, _localOption, _qualityOption, _bitsOption, _keyOption, _chainOption,
        }.WithAction((parsed, cancellation) => ExportAsync(parsed, parsed.GetValue(nameArgument)!, cancellation));

    private static async Task<(int, JsonObject?)> ExportAsync(ParseResult parsed, string name, CancellationToken cancellation)
    {
        var format = parsed.GetValue(_formatOption)!;
        if (!ExportFormatNames.All.Contains(format))
            throw MeshException.Invalid(_formatOption.Name,
                $"'{EchoedText.Shorten(format)}' is no format. Take one of {string.Join(", ", ExportFormatNames.All)}.");
        ValidateOptionUse(parsed, format);
        var into = PathArgumentValidator.ValidateNewFolder("into", parsed.GetValue(_intoArgument)!);
        if (!parsed.GetValue(_localOption) && Path.Exists(Path.Combine(name, "manifest.json")))
            throw MeshException.Invalid("name", $"'{EchoedText.Shorten(name)}' is a folder of this machine. " + (format
                == ExportFormatNames.Sealed ? "Copy it as it is; a name of the mesh is downloaded." : $"Add {_localOption.Name}."));
        if (format == ExportFormatNames.Sealed)
            return await CopyAsync(parsed, name, into, cancellation);
        var exporter = new PictureExporter(ReadOptions(parsed, format));
        if (parsed.GetValue(_localOption))
            return await WriteAsync(parsed, exporter, ValidateFolder(name), into, cancellation);
        var copy = into + PartialEnd;
        if (Directory.Exists(copy))
            Directory.Delete(copy, recursive: true); // what an export that was killed has left
        await CopyAsync(parsed, name, copy, cancellation, isSilent: true);
        try
        {
            return await WriteAsync(parsed, exporter, copy, into, cancellation);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static async Task<(int, JsonObject?)> CopyAsync(ParseResult parsed, string name, string into, CancellationToken cancellation,
        bool isSilent = false)
    {
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var files = await DatasetExporter.ExportAsync(new DatasetService.DatasetServiceClient(mesh.Invoker),
            DatasetCommand.ToResourceName(name), into, cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption) || isSilent,
            $"Copied {files} files to {into}, and checked the digest of each.");
        return (ExitCodes.Ok, new JsonObject { ["folder"] = into, ["files"] = files });
    }

    private static async Task<(int, JsonObject?)> WriteAsync(ParseResult parsed, PictureExporter exporter, string folder, string into,
        CancellationToken cancellation)
    {
        try
        {
            var set = await SealedDataset.OpenAsync(folder, cancellation);
            if (parsed.GetValue(_formatOption) == ExportFormatNames.Parquet)
                return await WriteTablesAsync(parsed, set, into, cancellation);
            var beside = into + ".part"; // a folder of that name is never half-filled
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
            Directory.CreateDirectory(beside);
            var pictures = await exporter.ExportAsync(set, beside, cancellation);
            Directory.Move(beside, into);
            var signed = exporter.Signed > 0 ? $" {exporter.Signed} have a signed manifest." : "";
            var gray = exporter.TurnedGray > 0 ? $" {exporter.TurnedGray} in colour became gray." : "";
            ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
                $"Wrote {pictures} pictures with their reports to {into}; each says that it is synthetic.{signed}{gray}");
            return (ExitCodes.Ok, new JsonObject
            {
                ["folder"] = into,
                ["pictures"] = pictures,
                ["signed"] = exporter.Signed,
                ["turned_gray"] = exporter.TurnedGray,
                ["root"] = set.Root,
            });
        }
        catch (SealedDatasetException error)
        {
            throw new MeshException(ErrorReasons.DataCorrupt, error.Message);
        }
    }

    private static async Task<(int, JsonObject?)> WriteTablesAsync(ParseResult parsed, SealedDataset set, string into,
        CancellationToken cancellation)
    {
        using (var progress = ProgressBar.Start("writing tables"))
            await HubFolderWriter.WriteAsync(set, into, (done, all) => progress.ShowCount(done, all, ""), cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
            $"Wrote {set.Pairs.Count} pairs with their images to {into}: load_dataset(\"{into}\", \"pairs\"), and \"rejects\" and "
                + "\"run\".");
        return (ExitCodes.Ok, new JsonObject { ["folder"] = into, ["pictures"] = set.Pairs.Count, ["root"] = set.Root });
    }

    private static void ValidateOptionUse(ParseResult parsed, string format)
    {
        if (format == ExportFormatNames.Sealed)
            OptionUseValidator.ThrowIfTyped(parsed, "on a copy of the sealed folder", _localOption, _keyOption, _chainOption);
        if (format == ExportFormatNames.Parquet)
            OptionUseValidator.ThrowIfTyped(parsed, "on tables, whose images keep the marks that they have", _keyOption, _chainOption);
        if (format == ExportFormatNames.Dicom)
            OptionUseValidator.ThrowIfTyped(parsed, "on DICOM, which C2PA has no manifest for", _keyOption, _chainOption);
        if (format != ExportFormatNames.Jpeg)
            OptionUseValidator.ThrowIfTyped(parsed, "without --format jpeg", _qualityOption);
        if (format != ExportFormatNames.Dicom)
            OptionUseValidator.ThrowIfTyped(parsed, "without --format dicom", _bitsOption);
        if (parsed.GetValue(_localOption))
            OptionUseValidator.ThrowIfTyped(parsed, "with --local, which needs no mesh",
                [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption, SyncxrCommand.StateOption]);
    }

    private static PictureExportOptions ReadOptions(ParseResult parsed, string format)
    {
        var (quality, bits) = (parsed.GetValue(_qualityOption), parsed.GetValue(_bitsOption));
        if (quality is < 1 or > 100)
            throw MeshException.Invalid(_qualityOption.Name, $"must be from 1 to 100, not {quality}.");
        if (!DicomEncoder.BitDepths.Contains(bits))
            throw MeshException.Invalid(_bitsOption.Name, $"must be 8 or 12, not {bits}.");
        return new PictureExportOptions(format, quality, bits, ReadSigner(parsed));
    }

    private static SigningIdentity? ReadSigner(ParseResult parsed)
    {
        var (key, chain) = (parsed.GetValue(_keyOption), parsed.GetValue(_chainOption));
        if (key is null && chain is null)
            return null;
        if (key is null || chain is null)
            throw MeshException.Invalid(key is null ? _keyOption.Name : _chainOption.Name,
                $"must be given too: {_keyOption.Name} and {_chainOption.Name} go together.");
        try
        {
            return SigningIdentity.Load(key.FullName, chain.FullName, TimeProvider.System.GetUtcNow());
        }
        catch (SigningIdentityException error)
        {
            throw MeshException.Invalid(error.File == SigningFile.Key ? _keyOption.Name : _chainOption.Name, error.Message);
        }
    }

    private static string ValidateFolder(string name) => Directory.Exists(name) ? Path.GetFullPath(name)
        : throw MeshException.Invalid("name", $"The folder '{EchoedText.Shorten(name)}' does not exist; {_localOption.Name} asks for one.");
}
