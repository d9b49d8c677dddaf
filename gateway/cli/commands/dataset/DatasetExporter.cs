using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>Downloads a sealed data set from a mesh, with a progress bar.</summary>
internal static class DatasetExporter
{
    /// <returns>The number of files.</returns>
    /// <exception cref="MeshException">The folder exists, or a file came with a wrong digest.</exception>
    public static async Task<int> ExportAsync(DatasetService.DatasetServiceClient client, string name, string into,
        CancellationToken cancellation)
    {
        if (Directory.Exists(into) || File.Exists(into))
            throw MeshException.Invalid("into", $"'{into}' exists. Give the name of a new folder.");
        using var progress = ProgressBar.Start("exporting");
        return await DatasetDownloader.DownloadAsync(client, name, into, progress.ShowCount, null, cancellation);
    }
}
