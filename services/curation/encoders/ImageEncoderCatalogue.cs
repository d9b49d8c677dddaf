using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>An image encoder with what is said of it, and the queue before it.</summary>
internal sealed record LoadedImageEncoder(
    ImageEncoder Encoder, ModelCard Card, string Digest, Batcher<RasterImage, float[]> Queue);

/// <summary>
/// The image encoders below <c>Curation:EncoderRoot</c>. The folder is looked through whenever models are listed or a name is looked for;
/// an encoder is loaded when a request first names it, and kept. A damaged one is refused by name, and stops nothing.
/// </summary>
internal sealed class ImageEncoderCatalogue(IOptions<CurationOptions> options, ModelFolderFinder folders, BatcherMetrics metrics,
    TenantWeights weights, TimeProvider clock) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LoadedImageEncoder> _loaded = new(StringComparer.Ordinal);

    /// <summary>The cards and digests of the encoders, by name.</summary>
    public IEnumerable<(ModelCard Card, string Digest)> List() => folders.List(ModelKindNames.ImageEncoder);

    /// <summary>The encoder of a name.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name, or its files are wrong.</exception>
    public LoadedImageEncoder Load(string name, string field)
    {
        lock (_lock)
        {
            if (_loaded.TryGetValue(name, out var known))
                return known;
            var path = folders.Require(ModelKindNames.ImageEncoder, name, field, "image encoder");
            try
            {
                return _loaded[name] = Open(path);
            }
            catch (InvalidDataException error)
            {
                throw MeshException.Invalid(field, $"The image encoder '{name}' can't be loaded: "
                    + error.Message.Replace(path, name, StringComparison.Ordinal));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var loaded in _loaded.Values)
        {
            await loaded.Queue.DisposeAsync();
            loaded.Encoder.Dispose();
        }
    }

    private LoadedImageEncoder Open(string path)
    {
        var (folder, settings) = (ModelFolder.Open(path), options.Value);
        var encoder = new ImageEncoder(path, folder.Card.ImageEncoder!, settings.SessionOptions);
        var queue = new Batcher<RasterImage, float[]>(
            new BatcherOptions($"embedding of {folder.Card.Name}")
            {
                MaxBatch = settings.MaxBatch,
                MaxDelay = settings.MaxDelay,
                QueueLimit = settings.QueueLimit,
                Weights = weights,
            },
            async (rows, cancellation) =>
            {
                var vectors = await encoder.RunAsync([.. rows.Select(row => row.Item)], cancellation);
                for (var i = 0; i < rows.Count; i++)
                    rows[i].Complete(vectors[i]);
            },
            metrics, clock);
        return new LoadedImageEncoder(encoder, folder.Card, folder.Digest, queue);
    }
}
