using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>
/// Has the judge of a mesh, or an image encoder, compute the features of the images of a folder. An image that it can't read is left out.
/// </summary>
/// <param name="encoder">Name of the image encoder; empty for the judge.</param>
internal sealed partial class ImageFolderEmbedder(CurationService.CurationServiceClient client, string folder, string encoder = "")
{
    private const int MaxImages = 64; // of a call, by its contract
    private const int MaxBytes = 16 * 1024 * 1024; // of an image by the judge, and of a call well below what a message may have
    private readonly List<float> _values = [];
    private readonly List<string> _ids = [];
    private readonly List<string> _unreadable = [];
    private readonly StringBuilder _sums = new();

    /// <summary>What computed the features; null before the first image.</summary>
    public Producer? Judge { get; private set; }

    /// <summary>Paths of the images relative to the folder: the names of the rows.</summary>
    public IReadOnlyList<string> Ids => _ids;

    public int Rows => _ids.Count;

    /// <summary>The features, [rows, width] row-major, each row of unit length.</summary>
    public float[] Values => [.. _values];

    /// <summary>SHA-256 over a line <c>{path}\0{SHA-256 of the file}\n</c> a row, lower-case hex.</summary>
    public string ImagesDigest => Sha256Digest.HexOf(_sums.ToString());

    /// <summary>A line for each image that can't be read: its path and why.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>The PNG and JPEG files of a folder and all folders below, relative to it, in ordinal order.</summary>
    /// <param name="option">The option that names the folder.</param>
    /// <exception cref="MeshException">INVALID_FIELD: there is no such folder, or no image in it.</exception>
    public static IReadOnlyList<string> ListImages(string folder, string option)
    {
        if (!Directory.Exists(folder))
        {
            throw MeshException.Invalid(option,
                File.Exists(folder) ? $"'{folder}' is a file. Give a folder." : $"The folder '{folder}' does not exist.");
        }
        List<string> images = [.. FindFiles(folder)
            .Where(file => Path.GetExtension(file).ToUpperInvariant() is ".PNG" or ".JPG" or ".JPEG")
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        return images.Count > 0 ? images : throw MeshException.Invalid(option, $"'{folder}' holds no PNG or JPEG image.");
    }

    /// <summary>All files; links to files count, links to folders are not followed, since they can lead in a circle.</summary>
    private static FileSystemEnumerable<string> FindFiles(string folder) =>
        new(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = false,
            AttributesToSkip = FileAttributes.None,
        })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

    /// <param name="images">Paths relative to the folder.</param>
    /// <param name="progress">Called with the number of images that are done.</param>
    public async Task EmbedAsync(IReadOnlyList<string> images, Action<int> progress, CancellationToken cancellation)
    {
        var batch = new List<(string Id, byte[] Bytes)>();
        foreach (var id in images)
        {
            var bytes = await ReadAsync(id, cancellation);
            if (bytes is null)
                continue;
            if (batch.Count == MaxImages || (batch.Count > 0 && batch.Sum(image => (long)image.Bytes.Length) + bytes.Length > MaxBytes))
                await FlushAsync(batch, progress, cancellation);
            batch.Add((id, bytes));
        }
        await FlushAsync(batch, progress, cancellation);
    }

    private async Task<byte[]?> ReadAsync(string id, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, id);
        try
        {
            if (!RegularFileProbe.IsRegular(path))
                _unreadable.Add($"{id}: is a pipe or a device");
            else if (new FileInfo(path).Length <= MaxBytes)
                return await File.ReadAllBytesAsync(path, cancellation);
            else
                _unreadable.Add($"{id}: is larger than {MaxBytes / 1024 / 1024} MiB");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add($"{id}: {error.Message}");
        }
        return null;
    }

    private async Task FlushAsync(List<(string Id, byte[] Bytes)> batch, Action<int> progress, CancellationToken cancellation)
    {
        while (batch.Count > 0)
        {
            var request = new EmbedImagesRequest
            {
                Embedding = encoder.Length > 0 ? new PinnedName { Name = encoder } : null,
                Images = { batch.Select(image => new ImageSource { Content = UnsafeByteOperations.UnsafeWrap(image.Bytes) }) },
            };
            try
            {
                Add(batch, await client.EmbedImagesAsync(request, cancellationToken: cancellation));
                batch.Clear();
            }
            catch (RpcException refusal) when (FindRefused(refusal) is { } refused && refused.Index < batch.Count)
            {
                // The judge names the image that it can't read; the others are sent again.
                _unreadable.Add($"{batch[refused.Index].Id}: {refused.Problem}");
                batch.RemoveAt(refused.Index);
            }
        }
        progress(_ids.Count + _unreadable.Count);
    }

    private void Add(List<(string Id, byte[] Bytes)> batch, EmbedImagesResponse response)
    {
        Judge = response.Judge;
        for (var i = 0; i < batch.Count; i++)
        {
            _values.AddRange(response.Embeddings[i].Values);
            _ids.Add(batch[i].Id);
            _sums.Append(batch[i].Id).Append('\0').Append(Sha256Digest.HexOf(batch[i].Bytes)).Append('\n');
        }
    }

    private static (int Index, string Problem)? FindRefused(RpcException refusal)
    {
        var violation = refusal.StatusCode == StatusCode.InvalidArgument
            ? refusal.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault() : null;
        return violation is not null && ImageFieldPattern().Match(violation.Field) is { Success: true } match
            ? (int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), violation.Description) : null;
    }

    [GeneratedRegex(@"\Aimages\[(\d+)\]")]
    private static partial Regex ImageFieldPattern();
}
