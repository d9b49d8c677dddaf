using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>Copies a sealed data set over gRPC, with a progress bar.</summary>
internal static class DatasetExporter
{
    public static async Task<int> ExportAsync(DatasetService.DatasetServiceClient client, string name, string into,
        CancellationToken cancellation)
    {
        if (Directory.Exists(into) || File.Exists(into))
            throw MeshException.Invalid("into", $"{into} exists");
        using var progress = ProgressBar.StartCount("exporting");
        return await DatasetDownloader.DownloadAsync(client, name, into, progress.ShowCount, null, cancellation);
    }
}
