using System.Security.Cryptography;
using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>Copies a sealed data set over gRPC into a folder that appears only when it is complete.</summary>
public static class DatasetDownloader
{
    /// <param name="into">The folder; must not exist. What an interrupted copy left beside it is deleted.</param>
    /// <param name="progress">Told bytes done, bytes in all, and the file.</param>
    /// <param name="deadline">Of the whole copy; null for none.</param>
    /// <returns>How many files it has.</returns>
    /// <exception cref="MeshException">DATA_CORRUPT: a file arrived otherwise than it was sealed, or the folder breaks a rule of
    /// <see cref="SealedDatasetVerifier"/>.</exception>
    public static async Task<int> DownloadAsync(
        DatasetService.DatasetServiceClient client, string name, string into, Action<long, long, string> progress, DateTime? deadline,
        CancellationToken cancellation)
    {
        var files = await ListFilesAsync(client, name, deadline, cancellation);
        var beside = into + ".part";
        if (Directory.Exists(beside))
            Directory.Delete(beside, recursive: true);
        var (done, total) = (0L, files.Sum(f => f.SizeBytes));
        foreach (var file in files)
        {
            var path = Path.GetFullPath(Path.Combine(beside, file.Path));
            if (!path.StartsWith(Path.GetFullPath(beside) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw MeshException.Invalid("path", $"the mesh names a file outside the folder: {file.Path}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var target = File.Create(path))
            {
                using var read = client.ReadDatasetFile(new ReadDatasetFileRequest { Name = name, Path = file.Path }, deadline: deadline,
                    cancellationToken: cancellation);
                await foreach (var part in read.ResponseStream.ReadAllAsync(cancellation))
                {
                    hash.AppendData(part.Data.Span);
                    await target.WriteAsync(part.Data.Memory, cancellation);
                    progress(done += part.Data.Length, total, file.Path);
                }
            }

            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != file.Sha256)
                throw new MeshException(ErrorReasons.DataCorrupt, $"{file.Path} arrived with another digest than the list names");
        }

        if ((await SealedDatasetVerifier.VerifyAsync(beside, cancellation)).Problems is [var problem, ..])
            throw new MeshException(ErrorReasons.DataCorrupt,
                $"'{name}' arrived as the mesh holds it, but not as it was sealed: {problem}");
        Directory.Move(beside, into);
        return files.Count;
    }

    private static async Task<IReadOnlyList<DatasetFile>> ListFilesAsync(DatasetService.DatasetServiceClient client, string name,
        DateTime? deadline, CancellationToken cancellation)
    {
        var files = new List<DatasetFile>();
        var request = new ListDatasetFilesRequest { Name = name };
        do
        {
            var page = await client.ListDatasetFilesAsync(request, deadline: deadline, cancellationToken: cancellation);
            files.AddRange(page.Files);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        return files;
    }
}
