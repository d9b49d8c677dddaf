using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>Encodes the images that renderings start from, beside the denoising of others.</summary>
/// <param name="workers">Images that are encoded at the same time.</param>
internal sealed class StartImageEncoder(int workers) : IAsyncDisposable
{
    private readonly SemaphoreSlim _workers = new(workers);

    /// <summary>Encodes the image of an admitted rendering as soon as a worker is free.</summary>
    public void Enqueue(BatchRow<RenderingState, RasterImage> row) => _ = Task.Run(() => EncodeAsync(row), CancellationToken.None);

    /// <summary>Waits for the images that were enqueued.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < workers; i++)
            await _workers.WaitAsync();
        _workers.Dispose();
    }

    private async Task EncodeAsync(BatchRow<RenderingState, RasterImage> row)
    {
        await _workers.WaitAsync();
        try
        {
            if (row.IsDone)
                row.Item.SkipEncoding();
            else
                row.Item.EncodeImage();
        }
        finally
        {
            _workers.Release();
        }
    }
}
