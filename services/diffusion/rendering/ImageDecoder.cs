using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>Decodes finished latents beside the denoising of other images.</summary>
/// <param name="workers">Latents that are decoded at the same time.</param>
/// <param name="places">Latents that are decoded or wait for it; the denoising waits when all places are taken.</param>
internal sealed class ImageDecoder(int workers, int places) : IAsyncDisposable
{
    private readonly SemaphoreSlim _workers = new(workers);
    private readonly SemaphoreSlim _places = new(places);

    /// <summary>Takes a finished rendering out of its batch and answers it with its image as soon as a worker is free.</summary>
    /// <returns>When there was a place.</returns>
    public async Task EnqueueAsync(BatchRow<RenderingState, RasterImage> row, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        row.LeaveBatch();
        _ = Task.Run(() => DecodeAsync(row), CancellationToken.None);
    }

    /// <summary>Waits for the latents that were enqueued.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < places; i++)
            await _places.WaitAsync();
        _places.Dispose();
        _workers.Dispose();
    }

    private async Task DecodeAsync(BatchRow<RenderingState, RasterImage> row)
    {
        await _workers.WaitAsync();
        try
        {
            if (!row.IsDone)
                row.Complete(row.Item.Decode());
        }
        catch (Exception exception)
        {
            row.Fail(exception); // its caller gets the exception; the others' images go on
        }
        finally
        {
            _workers.Release();
            _places.Release();
        }
    }
}
