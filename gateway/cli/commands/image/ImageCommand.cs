using System.CommandLine;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Image;

/// <summary><c>image inspect</c>: whether a picture is synthetic, whose it is, and of which set and pair. Needs no mesh.</summary>
internal static class ImageCommand
{
    private static readonly Argument<FileInfo> _fileArgument = new("file") { Description = "PNG, JPEG or DICOM file." };
    private static readonly Option<DirectoryInfo[]> _againstOption = new("--against")
    {
        Description = "Folders of sealed data sets: the picture is looked for in them by its pixels. Default: none.",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = true,
    };
    public static Command Build() => new("image", "Say where a picture comes from.")
    {
        new Command("inspect", "Say whether a picture is synthetic and ours, and of which set and pair, by its marks and its pixels.")
        {
            _fileArgument, _againstOption, TrustAnchorsOption.Instance,
        }.WithAction(InspectAsync),
    };

    private static async Task<(int, JsonObject?)> InspectAsync(ParseResult parsed, CancellationToken cancellation)
    {
        OptionUseValidator.ThrowIfTyped(parsed, "on a check that needs no mesh",
            [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption, SyncxrCommand.StateOption]);
        var file = parsed.GetValue(_fileArgument)!;
        var bytes = await PathArgumentValidator.ReadBytesAsync(_fileArgument.Name, file, DicomDecoder.MaxBytes, cancellation);
        var inspection = ImageInspection.Read(bytes, _fileArgument.Name, await TrustAnchorsOption.ReadAsync(parsed, cancellation));
        foreach (var folder in parsed.GetValue(_againstOption)!)
            inspection = inspection.CompareWith(await OpenAsync(folder, cancellation));
        Print(parsed.GetValue(SyncxrCommand.JsonOption), inspection);
        return (inspection.Problems.Count == 0 ? ExitCodes.Ok : ExitCodes.Mismatch, inspection.ToJson(file.FullName));
    }

    private static async Task<SealedDataset> OpenAsync(DirectoryInfo folder, CancellationToken cancellation)
    {
        if (!folder.Exists)
            throw MeshException.Invalid(_againstOption.Name, $"The folder '{folder.FullName}' does not exist.");
        try
        {
            return await SealedDataset.OpenAsync(folder.FullName, cancellation);
        }
        catch (SealedDatasetException error)
        {
            throw new MeshException(ErrorReasons.DataCorrupt, error.Message);
        }
    }

    private static void Print(bool json, ImageInspection inspection)
    {
        ConsoleWriter.WriteTable(json, Summarise(inspection), ["what", "says"], ListRows(inspection));
        foreach (var problem in inspection.Problems)
            ConsoleWriter.WriteLine(json, $"Problem: {problem}");
    }

    private static IEnumerable<string[]> ListRows(ImageInspection inspection)
    {
        yield return ["pixels SHA-256", inspection.PixelsSha256];
        yield return ["XMP", inspection.Mark is { } packet ? packet.DigitalSourceType ?? "nothing of its source" : "no packet"];
        if (inspection.Mark is { AISystem: { } system } named)
            yield return ["generator", $"{system} {named.AISystemVersion}"];
        if (inspection.Mark is { SpecDigest: { } spec } member)
            yield return ["pair", $"{member.Pair} of the set with spec {spec}"];
        yield return ["C2PA",
            inspection.Manifest is { } manifest ? string.Join(", ", [manifest.State, .. manifest.Failure]) : "no manifest"];
        if (inspection.Dicom is { } dicom)
            yield return ["Synthetic Data", dicom.SyntheticData.Length > 0 ? dicom.SyntheticData : "not said"];
        if (inspection.Dicom is { PatientId.Length: > 0 } synthetic)
            yield return ["Patient ID", synthetic.PatientId];
        foreach (var pair in inspection.Pairs)
            yield return [pair.IsSamePixels ? "same pixels" : "other pixels",
                FormattableString.Invariant($"pair {pair.Pair} of {pair.Folder}, root {pair.Root}")];
    }

    private static string Summarise(ImageInspection inspection) => inspection switch
    {
        { IsByPixels: true } => "Synthetic, and ours: the pixels are those of a sealed pair.",
        { IsOurs: true } => "Synthetic, and ours by what its marks say.",
        { IsSynthetic: true } => "Synthetic by what its marks say, and not ours.",
        _ => "Nothing says that it is synthetic. That proves nothing: marks are lost when a picture is saved anew.",
    };
}
