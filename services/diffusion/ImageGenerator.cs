using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Draws pictures: one batcher for all orders of the replica, one denoising step a turn.</summary>
internal sealed class ImageGenerator : IAsyncDisposable
{
    private readonly Batcher<RenderingState, GrayImage> _batcher;

    public ImageGenerator(BatcherOptions options, BatcherMetrics metrics, TimeProvider time) =>
        _batcher = new Batcher<RenderingState, GrayImage>(options, StepAsync, metrics, time);

    /// <summary>How often each reason closed a batch.</summary>
    public long ClosedBatches(BatchCloseReason reason) => _batcher.CountClosed(reason);

    /// <summary>Admits an order, or refuses it at once.</summary>
    /// <param name="previewEvery">A preview every so many steps; 0 for none.</param>
    /// <param name="deadline">When the picture is worthless.</param>
    /// <param name="returning">True when the order was refused before.</param>
    /// <exception cref="Errors.MeshException">QUEUE_FULL, DEADLINE_UNMEETABLE or DRAINING.</exception>
    public AdmittedRendering Admit(ResolvedImageSpec spec, int previewEvery, DateTimeOffset? deadline, bool returning,
        CancellationToken cancellationToken)
    {
        var job = new RenderingState(spec, previewEvery);
        var (height, width) = spec.Latent;
        var row = _batcher.Admit(job, new BatchRowOptions
        {
            Key = $"{spec.Model.Card.Name}/{height}x{width}",
            Turns = spec.Steps,
            Weight = (double)spec.RowsPerStep * height * width,
            Deadline = deadline,
            IsRetry = returning,
        }, cancellationToken);
        _ = row.Completion.ContinueWith(
            static (_, ended) => ((RenderingState)ended!).End(), job, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return new AdmittedRendering(job, row);
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private static async ValueTask StepAsync(IReadOnlyList<BatchRow<RenderingState, GrayImage>> orders, CancellationToken cancellationToken)
    {
        foreach (var order in orders)
            order.Item.Begin();
        List<UNetRow> rows = [.. orders.SelectMany(order => order.Item.NextRows())];
        var (model, (height, width)) = (orders[0].Item.Spec.Model, orders[0].Item.Spec.Latent);
        var predictions = await model.PredictAsync(rows, height, width, cancellationToken);
        var at = 0;
        foreach (var order in orders)
        {
            var picture = order.Item.Advance(predictions.AsSpan(at, order.Item.Spec.RowsPerStep));
            at += order.Item.Spec.RowsPerStep;
            if (picture is not null)
                order.Complete(picture);
        }
    }
}
