using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Renders images: all requests of the replica share one batcher, which does one denoising step in each turn.</summary>
internal sealed class ImageGenerator : IAsyncDisposable
{
    private const int SeedLimit = 64;
    private readonly Batcher<RenderingState, RasterImage> _batcher;
    private readonly ImageDecoder _decoder;
    private readonly StartImageEncoder _encoder;

    /// <param name="decodes">
    /// Images that are decoded at the same time, beside the denoising of others; as many are encoded beside that start from an image.
    /// </param>
    public ImageGenerator(BatcherOptions options, int decodes, BatcherMetrics metrics, TimeProvider time)
    {
        _decoder = new ImageDecoder(decodes, options.MaxBatch);
        _encoder = new StartImageEncoder(decodes);
        MaxSeeds = Math.Min(SeedLimit, options.NewcomerLimit);
        _batcher = new Batcher<RenderingState, RasterImage>(options, StepAsync, metrics, time);
    }

    /// <summary>Images of one call that the queue can take.</summary>
    public int MaxSeeds { get; }

    /// <summary>How many batches were closed for a reason.</summary>
    public long ClosedBatches(BatchCloseReason reason) => _batcher.CountClosed(reason);

    /// <summary>Admits a request, or refuses it at once.</summary>
    /// <param name="previewEvery">Number of steps between two previews; 0 for no previews.</param>
    /// <param name="terms">Whose request it is, how urgent, and until when.</param>
    /// <exception cref="Errors.MeshException">QUEUE_FULL, DEADLINE_UNMEETABLE or DRAINING.</exception>
    public AdmittedRendering Admit(ResolvedImageSpec spec, int previewEvery, BatchRowOptions terms, CancellationToken cancellationToken) =>
        Admit(new RenderingState(spec, previewEvery), terms, cancellationToken);

    /// <summary>Admits a rendering that was made before, or refuses it at once.</summary>
    /// <inheritdoc cref="Admit(ResolvedImageSpec, int, BatchRowOptions, CancellationToken)"/>
    public AdmittedRendering Admit(RenderingState state, BatchRowOptions terms, CancellationToken cancellationToken)
    {
        var spec = state.Spec;
        var (height, width) = spec.Latent;
        var row = _batcher.Admit(state, terms with
        {
            Key = $"{spec.Model.Digest}/{height}x{width}/{state.Chunks}", // rows of one batch have one shape, text states included
            Turns = Math.Max(1, state.Turns), // a turn where no step is taken as well
            Weight = (double)spec.RowsPerStep * height * width,
        }, cancellationToken);
        if (spec.NeedsEncoding)
            _encoder.Enqueue(row);
        _ = row.Completion.ContinueWith(
            static (_, ended) => ((RenderingState)ended!).End(), state, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return new AdmittedRendering(state, row);
    }

    public async ValueTask DisposeAsync()
    {
        await _batcher.DisposeAsync();
        await _encoder.DisposeAsync();
        await _decoder.DisposeAsync();
    }

    private async ValueTask StepAsync(IReadOnlyList<BatchRow<RenderingState, RasterImage>> rows, CancellationToken cancellationToken)
    {
        rows = await BeginAsync(rows, cancellationToken);
        if (rows.Count == 0)
            return;
        List<UNetRow> unetRows = [.. rows.SelectMany(row => row.Item.NextRows())];
        var first = rows[0].Item.Spec; // The key of a batch holds the model, the size of the latent and the chunks of the prompt.
        var (height, width) = first.Latent;
        var predictions = await first.Model.PredictAsync(unetRows, height, width, cancellationToken);
        var offset = 0;
        foreach (var row in rows)
        {
            await AdvanceAsync(row, predictions.AsMemory(offset, row.Item.Spec.RowsPerStep), cancellationToken);
            offset += row.Item.Spec.RowsPerStep;
        }
    }

    // The rows that take a step in this turn. One whose image is still being encoded holds up nobody: it takes part from a later turn on,
    // and the turn waits only where there is no other row.
    private async ValueTask<IReadOnlyList<BatchRow<RenderingState, RasterImage>>> BeginAsync(
        IReadOnlyList<BatchRow<RenderingState, RasterImage>> rows, CancellationToken cancellationToken)
    {
        if (!rows.Any(row => row.Item.Encoding.IsCompleted))
            await Task.WhenAny(rows.Select(row => row.Item.Encoding)).WaitAsync(cancellationToken);
        var begun = new List<BatchRow<RenderingState, RasterImage>>(rows.Count);
        foreach (var row in rows.Where(row => row.Item.Encoding.IsCompleted && !row.IsDone))
        {
            if (row.Item.Encoding.Exception is { } failure)
            {
                row.Fail(failure.InnerException!);
                continue;
            }
            row.Item.Begin();
            if (row.Item.IsFinished)
                await _decoder.EnqueueAsync(row, cancellationToken);
            else
                begun.Add(row);
        }
        return begun;
    }

    // What is wrong with one image's numbers fails that image; those beside it go on.
    private async ValueTask AdvanceAsync(BatchRow<RenderingState, RasterImage> row, ReadOnlyMemory<float[]> predictions,
        CancellationToken cancellationToken)
    {
        try
        {
            if (row.Item.Advance(predictions.Span))
                await _decoder.EnqueueAsync(row, cancellationToken);
        }
        catch (MeshException refusal) when (refusal.Reason == ErrorReasons.ModelOutputNotFinite)
        {
            row.Fail(refusal);
        }
    }
}
