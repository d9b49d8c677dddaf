using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation.Alignment;

/// <summary>An image and the texts of its report, prepared.</summary>
internal sealed record PreparedPair(float[] Image, IReadOnlyList<PreparedText> Texts);

/// <summary>An image-text model with what is said of it, and the queue before it.</summary>
internal sealed record LoadedAlignmentModel(AlignmentModel Model, ModelCard Card, string Digest, Batcher<PreparedPair, double> Queue);

/// <summary>
/// The image-text models that requests can name: those below <c>Curation:EncoderRoot</c>, and the shipped ones. One is loaded when a
/// request first names it, and kept. A damaged one is refused by name, and stops nothing.
/// </summary>
internal sealed class AlignmentModelCatalogue(IOptions<CurationOptions> options, ModelFolderFinder folders, BatcherMetrics metrics,
    TenantWeights weights, TimeProvider clock) : IAsyncDisposable
{
    private const string What = "image-text model";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LoadedAlignmentModel> _loaded = new(StringComparer.Ordinal);

    /// <summary>The cards and digests of the models.</summary>
    public IEnumerable<(ModelCard Card, string Digest)> List() => folders.List(ModelKindNames.VisionLanguage);

    /// <summary>The model of a name.</summary>
    /// <param name="field">Path of the name in the request.</param>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name, one of another kind, or its files are wrong.</exception>
    public LoadedAlignmentModel Load(string name, string field)
    {
        lock (_lock)
        {
            if (_loaded.TryGetValue(name, out var known))
                return known;
            var path = folders.Require(ModelKindNames.VisionLanguage, name, field, What);
            try
            {
                return _loaded[name] = Open(path);
            }
            catch (InvalidDataException error)
            {
                throw MeshException.Invalid(field, $"The {What} '{name}' can't be loaded: "
                    + error.Message.Replace(path, name, StringComparison.Ordinal));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var loaded in _loaded.Values)
        {
            await loaded.Queue.DisposeAsync();
            loaded.Model.Dispose();
        }
    }

    private LoadedAlignmentModel Open(string path)
    {
        var (folder, settings) = (ModelFolder.Open(path), options.Value);
        var (model, slices) = (new AlignmentModel(folder, settings.SessionOptions), new RowSliceRunner(settings.SessionOptions));
        var queue = new Batcher<PreparedPair, double>(
            new BatcherOptions($"alignment by {folder.Card.Name}")
            {
                MaxBatch = settings.MaxBatch,
                MaxDelay = settings.MaxDelay,
                QueueLimit = settings.QueueLimit,
                Weights = weights,
            },
            async (rows, cancellation) =>
            {
                var alone = Enumerable.Range(0, rows.Count).Select(row => new RowSlice([row], 1)); // its bits depend on the pair alone
                var cosines = await slices.RunAsync(rows, alone,
                    pairs => pairs.Select(pair => model.Compare(pair.Item.Image, pair.Item.Texts)).ToList(), cancellation);
                for (var i = 0; i < rows.Count; i++)
                    rows[i].Complete(cosines[i]);
            },
            metrics, clock);
        return new LoadedAlignmentModel(model, folder.Card with { Name = Path.GetFileName(path) }, folder.Digest, queue);
    }
}
