using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Renders images: all requests of the replica share one batcher, which does one denoising step in each turn.</summary>
internal sealed class ImageGenerator : IAsyncDisposable
{
    private readonly Batcher<RenderingState, GrayImage> _batcher;

    public ImageGenerator(BatcherOptions options, BatcherMetrics metrics, TimeProvider time) =>
        _batcher = new Batcher<RenderingState, GrayImage>(options, StepAsync, metrics, time);

    /// <summary>How many batches were closed for a reason.</summary>
    public long ClosedBatches(BatchCloseReason reason) => _batcher.CountClosed(reason);

    /// <summary>Admits a request, or refuses it at once.</summary>
    /// <param name="previewEvery">Number of steps between two previews; 0 for no previews.</param>
    /// <param name="deadline">When the caller stops waiting for the image; null for no deadline.</param>
    /// <param name="isRetry">True when the request was refused before.</param>
    /// <exception cref="Errors.MeshException">QUEUE_FULL, DEADLINE_UNMEETABLE or DRAINING.</exception>
    public AdmittedRendering Admit(ResolvedImageSpec spec, int previewEvery, DateTimeOffset? deadline, bool isRetry,
        CancellationToken cancellationToken)
    {
        var state = new RenderingState(spec, previewEvery);
        var (height, width) = spec.Latent;
        var row = _batcher.Admit(state, new BatchRowOptions
        {
            Key = $"{spec.Model.Card.Name}/{height}x{width}",
            Turns = state.Turns,
            Weight = (double)spec.RowsPerStep * height * width,
            Deadline = deadline,
            IsRetry = isRetry,
        }, cancellationToken);
        _ = row.Completion.ContinueWith(
            static (_, ended) => ((RenderingState)ended!).End(), state, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return new AdmittedRendering(state, row);
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private static async ValueTask StepAsync(IReadOnlyList<BatchRow<RenderingState, GrayImage>> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
            row.Item.Begin();
        List<UNetRow> unetRows = [.. rows.SelectMany(row => row.Item.NextRows())];
        var first = rows[0].Item.Spec; // The key of a batch holds the model and the size of the latent.
        var (height, width) = first.Latent;
        var predictions = await first.Model.PredictAsync(unetRows, height, width, cancellationToken);
        var offset = 0;
        foreach (var row in rows)
        {
            var image = row.Item.Advance(predictions.AsSpan(offset, row.Item.Spec.RowsPerStep));
            offset += row.Item.Spec.RowsPerStep;
            if (image is not null)
                row.Complete(image);
        }
    }
}
